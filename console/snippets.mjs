// The same actions in other languages. Pure texts; a test runs every one of them.

export const LANGUAGES = ["Python", "Node", "curl"];

const PYTHON = (base, sending = "") => `import os

${sending && "import linegate\n"}from openai import OpenAI

client = OpenAI(
    base_url="${base}",
    api_key=os.environ["LINEGATE_API_KEY"],${sending && `\n    ${sending}`}
)
`;

const NODE = (base, { imports = "", options = "" } = {}) => `${imports}import OpenAI from "openai";
${options && 'import { linegateFetch } from "linegate";\n'}
const client = new OpenAI({
  baseURL: "${base}",
  apiKey: process.env.LINEGATE_API_KEY,${options && `\n  ${options}`}
});
`;

const CURL = (base, path, more = "") => `curl ${more}"${base}${path}" \\
  -H "Authorization: Bearer $LINEGATE_API_KEY"`;

/** What can be done with the account: { title, Python, Node, curl } each. */
export function accountSnippets(base) {
  return [
    {
      title: "Upload a file",
      Python: `${PYTHON(base, "http_client=linegate.http_client(),  # any size, in parts")}
file = client.files.create(file=open("requests.jsonl", "rb"), purpose="batch")
print(file.id, file.status)
`,
      Node: `${NODE(base, { imports: 'import { openAsBlob } from "node:fs";\n', options: "fetch: linegateFetch(), // any size, in parts" })}
const file = new File([await openAsBlob("requests.jsonl")], "requests.jsonl");
const stored = await client.files.create({ file, purpose: "batch" });
console.log(stored.id, stored.status);
`,
      curl: `# Up to 4 MiB in one request; larger files: linegate upload requests.jsonl
${CURL(base, "/files")} \\
  -F purpose=batch -F file=@requests.jsonl
`,
    },
    {
      title: "List files",
      Python: `${PYTHON(base)}
for file in client.files.list(order="desc"):
    print(file.id, file.filename, file.status)
`,
      Node: `${NODE(base)}
for await (const file of client.files.list({ order: "desc" })) {
  console.log(file.id, file.filename, file.status);
}
`,
      curl: `${CURL(base, "/files?order=desc&limit=20")}
`,
    },
  ];
}

/** What can be done with one file. An id has no character that any of the languages minds. */
export function fileSnippets(base, { id, status }) {
  const snippets = [
    {
      title: "Retrieve",
      Python: `${PYTHON(base)}
file = client.files.retrieve("${id}")
print(file.status)
`,
      Node: `${NODE(base)}
const file = await client.files.retrieve("${id}");
console.log(file.status);
`,
      curl: `${CURL(base, `/files/${id}`)}
`,
    },
    {
      title: "Download",
      Python: `${PYTHON(base)}
content = client.files.content("${id}")
content.write_to_file("${id}.jsonl")
`,
      Node: `import { writeFile } from "node:fs/promises";
${NODE(base)}
const content = await client.files.content("${id}");
await writeFile("${id}.jsonl", content.body);
`,
      curl: `${CURL(base, `/files/${id}/content`, "-L ")} \\
  -o ${id}.jsonl
`,
    },
    {
      title: "Errors of its lines",
      Python: `${PYTHON(base)}
report = client.get("/files/${id}/validation", cast_to=object)
print(report["error_count"], report["errors"]["data"])
`,
      Node: `${NODE(base)}
const report = await client.get("/files/${id}/validation");
console.log(report.error_count, report.errors.data);
`,
      curl: `${CURL(base, `/files/${id}/validation`)}
`,
    },
    {
      title: "Delete",
      Python: `${PYTHON(base)}
client.files.delete("${id}")
`,
      Node: `${NODE(base)}
await client.files.delete("${id}");
`,
      curl: `${CURL(base, `/files/${id}`, "-X DELETE ")}
`,
    },
  ];
  return status === "uploaded"
    ? snippets.filter(({ title }) => !title.startsWith("Errors"))
    : snippets;
}
