"""What somebody who knows OpenAI's API needs to know about each route, and an example of its use.

The texts of docs/api that the code cannot know. A test holds that every route has an entry.
"""

from typing import NamedTuple

AUTH = '-H "Authorization: Bearer $LINEGATE_API_KEY"'
JSON = '-H "Content-Type: application/json"'


class RouteNotes(NamedTuple):
    """`example`: a curl command. `openai`: what is the same as there, and what differs."""

    example: str
    openai: str


NOTES = {
    "POST /files": RouteNotes(
        f'curl "$LINEGATE_BASE_URL/files" {AUTH} \\\n'
        "  -F purpose=batch -F file=@requests.jsonl \\\n"
        "  -F 'expires_after[anchor]=created_at' -F 'expires_after[seconds]=86400'",
        "`client.files.create` works unchanged. The lines are checked before the response, so an "
        "invalid file is refused here and not by the batch. A request carries at most "
        "`max_direct_bytes` of a file; use `client.uploads` or a drop-in HTTP client above that. "
        "Every file expires, after 7 days by default. An `Idempotency-Key` is honored.",
    ),
    "GET /files": RouteNotes(
        f'curl "$LINEGATE_BASE_URL/files?limit=20&order=desc" {AUTH}',
        "`client.files.list` works unchanged, and pages automatically. The default order is `asc` "
        "and the default page has 20 files; OpenAI's are `desc` and 10,000.",
    ),
    "GET /files/{file_id}": RouteNotes(
        f'curl "$LINEGATE_BASE_URL/files/$FILE" {AUTH}',
        "`client.files.retrieve` and `client.files.wait_for_processing` work unchanged. "
        "`line_count` and `sha256` are additional fields.",
    ),
    "DELETE /files/{file_id}": RouteNotes(
        f'curl -X DELETE "$LINEGATE_BASE_URL/files/$FILE" {AUTH}',
        "`client.files.delete` works unchanged. The file is in no response from then on; its bytes "
        "are deleted within seconds.",
    ),
    "GET /files/{file_id}/content": RouteNotes(
        f'curl -L "$LINEGATE_BASE_URL/files/$FILE/content" {AUTH}',
        "`client.files.content` works unchanged: the SDKs follow the redirect and do not send the "
        "API key along. With other HTTP clients, allow redirects, or use `?redirect=false`.",
    ),
    "GET /files/{file_id}/validation": RouteNotes(
        f'curl "$LINEGATE_BASE_URL/files/$FILE/validation" {AUTH}',
        "OpenAI has no such route: there, errors are in the `errors` of a failed batch.",
    ),
    "GET /limits": RouteNotes(
        f'curl "$LINEGATE_BASE_URL/limits" {AUTH}',
        "OpenAI has no such route.",
    ),
    "POST /uploads": RouteNotes(
        f'curl "$LINEGATE_BASE_URL/uploads" {AUTH} {JSON} \\\n'
        '  -d \'{"filename": "requests.jsonl", "purpose": "batch", "bytes": 20971520}\'',
        "`client.uploads.create` works unchanged. `multipart` is additional: a presigned URL for "
        "each part, to which clients send the bytes without passing through the API.",
    ),
    "GET /uploads": RouteNotes(
        f'curl "$LINEGATE_BASE_URL/uploads" {AUTH}',
        "OpenAI has no such route.",
    ),
    "GET /uploads/{upload_id}": RouteNotes(
        f'curl "$LINEGATE_BASE_URL/uploads/$UPLOAD" {AUTH}',
        "OpenAI has no such route. Use it to resume an upload after an interruption.",
    ),
    "POST /uploads/{upload_id}/parts": RouteNotes(
        f'curl "$LINEGATE_BASE_URL/uploads/$UPLOAD/parts" {AUTH} -F data=@part-1',
        "`client.uploads.parts.create` works unchanged, with parts of at most `max_direct_bytes` "
        "(4 MiB by default; OpenAI accepts 64 MB). Give `upload_file_chunked` a `part_size`.",
    ),
    "POST /uploads/{upload_id}/complete": RouteNotes(
        f"curl -X POST \"$LINEGATE_BASE_URL/uploads/$UPLOAD/complete\" {AUTH} {JSON} -d '{{}}'",
        "`client.uploads.complete` works unchanged. Leave `part_ids` out after sending the parts "
        "to presigned URLs. The file is `uploaded` until its lines are checked, usually a "
        "moment later; `client.files.wait_for_processing` waits for that.",
    ),
    "POST /uploads/{upload_id}/cancel": RouteNotes(
        f'curl -X POST "$LINEGATE_BASE_URL/uploads/$UPLOAD/cancel" {AUTH}',
        "`client.uploads.cancel` works unchanged.",
    ),
    "POST /batches": RouteNotes(
        f'curl "$LINEGATE_BASE_URL/batches" {AUTH} {JSON} \\\n'
        '  -d \'{"input_file_id": "file-…", "endpoint": "/v1/chat/completions"}\'',
        "`client.batches.create` works unchanged. The requests are sent to the deployment's own "
        "model endpoint. `completion_window` may be left out.",
    ),
    "GET /batches": RouteNotes(
        f'curl "$LINEGATE_BASE_URL/batches" {AUTH}',
        "`client.batches.list` works unchanged.",
    ),
    "GET /batches/{batch_id}": RouteNotes(
        f'curl "$LINEGATE_BASE_URL/batches/$BATCH" {AUTH}',
        "`client.batches.retrieve` works unchanged.",
    ),
    "POST /batches/{batch_id}/cancel": RouteNotes(
        f'curl -X POST "$LINEGATE_BASE_URL/batches/$BATCH/cancel" {AUTH}',
        "`client.batches.cancel` works unchanged. Requests that were answered before are delivered.",
    ),
    "GET /tcp_warming": RouteNotes(
        'curl "$LINEGATE_BASE_URL/tcp_warming"',
        "OpenAI has no such route. Cerebras' SDKs request it when a client is constructed.",
    ),
    "GET /openapi.json": RouteNotes(
        'curl "$LINEGATE_BASE_URL/openapi.json"',
        "OpenAI publishes its document in a repository instead.",
    ),
}
