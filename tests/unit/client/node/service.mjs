// A Linegate service and its storage, in memory, behind a fetch.

export const BASE = "https://linegate.test/v1";
const STORAGE = "https://storage.test";
export const PART = 1000;
export const DIRECT = 1000;

export class Service {
  constructor(trouble = () => undefined) {
    Object.assign(this, { trouble, asked: [], held: new Map(), status: "pending", looks: 0 });
    this.verdict = "processed";
    this.errors = [];
  }

  get routes() {
    return this.asked.map(({ route }) => route);
  }

  get content() {
    return Buffer.concat([...this.held].sort(([a], [b]) => a - b).map(([, part]) => part));
  }

  fetch = async (url, init = {}) => {
    const request = new Request(url, { ...init, duplex: "half" });
    const path = url.replace(BASE, "").replace(STORAGE, "part ");
    const asked = { route: `${request.method} ${path}`, headers: new Headers(init.headers), request };
    this.asked.push(asked);
    const troubled = await this.trouble(asked);
    if (troubled) return troubled;
    return this.answer(asked);
  };

  async answer(asked) {
    const { route, request } = asked;
    if (route === "POST /uploads") {
      this.upload = { id: "upload-1", status: "pending", ...(await request.json()) };
      return Response.json(this.shown());
    }
    if (route.startsWith("PUT part ")) {
      this.held.set(Number(route.slice(9).replace("/", "")), Buffer.from(await request.arrayBuffer()));
      return new Response();
    }
    if (route === "GET /uploads/upload-1") return Response.json(this.shown());
    if (route === "POST /uploads/upload-1/complete") {
      Object.assign(this.upload, await request.json(), { status: "completed" });
      this.upload.file = { id: "file-1", status: "uploaded", bytes: this.content.length };
      return Response.json(this.upload, { headers: { "x-request-id": "r1" } });
    }
    if (route === "GET /files/file-1") {
      this.looks++;
      return Response.json({ ...this.upload.file, status: this.verdict, status_details: "Bad." });
    }
    if (route === "GET /files/file-1/validation") {
      return Response.json({ error_count: 1, errors: { object: "list", data: this.errors } });
    }
    if (route === "POST /uploads/upload-1/cancel") {
      this.upload.status = "cancelled";
      return Response.json(this.upload);
    }
    if (route === "POST /files") asked.form = await request.formData();
    return Response.json({ id: "file-direct", status: "processed" });
  }

  shown() {
    const parts = [];
    for (let number = 1; (number - 1) * PART < this.upload.bytes; number++) {
      const bytes = Math.min(PART, this.upload.bytes - (number - 1) * PART);
      const url = `${STORAGE}/${number}`;
      if (!this.held.has(number)) parts.push({ part_number: number, bytes, url });
    }
    const ended = this.upload.status !== "pending";
    return ended ? this.upload : { ...this.upload, multipart: { part_size: PART, parts } };
  }
}

export const CONTENT = Buffer.from(Array.from({ length: 2_500 }, (_, index) => index % 251));
