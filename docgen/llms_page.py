"""llms.txt (llmstxt.org): what the project is and where its pages are, for language models. Pure."""

import re

SUMMARY = """\
# Linegate

> A Files API for batch inference that you deploy into your own AWS account: serverless, in Python, compatible with the
> openai SDKs. Every line of a JSONL file is checked on arrival; large files go straight to S3 through presigned URLs; files
> expire exactly. It also sends batches to a model endpoint.

The base URL ends in `/v1`; the API key is sent as `Authorization: Bearer lg_…`. `GET /openapi.json` is the OpenAPI 3.1
document. One request carries at most 4 MiB of a file; larger files are uploaded in parts.
"""

LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def page(index: str) -> str:
    """The sections of docs/index.md with paths from the checkout's root."""
    _, _, sections = index.partition("\n## ")
    return SUMMARY + "\n## " + LINK.sub(lambda match: f"]({_from_root(match[1])}", sections)


def _from_root(path: str) -> str:
    return path.removeprefix("../") if path.startswith("../") else f"docs/{path}"
