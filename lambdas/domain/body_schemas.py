"""What requests carry, in JSON Schema, for the OpenAPI document. Pure."""

from typing import Any

from lambdas.domain.batch_requests import (
    METADATA_KEY_CHARS,
    METADATA_PAIRS,
    METADATA_VALUE_CHARS,
    RESULTS_RETENTION_S,
)
from lambdas.domain.limits import (
    MAX_FILENAME_CHARS,
    MAX_RETENTION_S,
    MIN_RETENTION_S,
    Limits,
)
from linegate.jsonl.purposes import PURPOSES

Schema = dict[str, Any]


def _object(required: list[str], **properties: Schema) -> Schema:
    return {"type": "object", "required": required, "properties": properties}


_LIMITS = Limits()
PURPOSE = {"type": "string", "enum": list(PURPOSES)}
_SECONDS = {"type": "integer", "minimum": MIN_RETENTION_S, "maximum": MAX_RETENTION_S}
_ANCHOR = {"type": "string", "const": "created_at"}
_BINARY = {"type": "string", "format": "binary"}
_FILENAME = {"type": "string", "minLength": 1, "maxLength": MAX_FILENAME_CHARS}
_RETENTION_FIELDS: dict[str, Schema] = {
    "expires_after[anchor]": _ANCHOR,
    "expires_after[seconds]": _SECONDS,
}

NEW_FILE = _object(
    ["file", "purpose"],
    file=_BINARY
    | {"description": f"JSONL, with a file name; at most {_LIMITS.direct_bytes} bytes."},
    purpose=PURPOSE,
    **_RETENTION_FIELDS,
)
NEW_UPLOAD = _object(
    ["filename", "purpose", "bytes"],
    filename=_FILENAME,
    purpose=PURPOSE,
    bytes={"type": "integer", "minimum": 1, "maximum": _LIMITS.file_bytes},
    mime_type={"type": ["string", "null"], "description": "Accepted and ignored."},
    expires_after={
        "oneOf": [
            _object(["anchor", "seconds"], anchor=_ANCHOR, seconds=_SECONDS),
            {"type": "null"},
        ]
    },
)
_EXPIRY = _object(["anchor", "seconds"], anchor=_ANCHOR, seconds=_SECONDS)
NEW_BATCH = _object(
    ["input_file_id", "endpoint"],
    input_file_id={"type": "string", "description": "A file with purpose `batch`."},
    endpoint={"type": "string", "enum": list(_LIMITS.check.request_urls)},
    completion_window={
        "type": ["string", "null"],
        "enum": [*_LIMITS.completion_windows, None],
        "default": _LIMITS.completion_windows[0],
    },
    metadata={
        "type": ["object", "null"],
        "maxProperties": METADATA_PAIRS,
        "propertyNames": {"minLength": 1, "maxLength": METADATA_KEY_CHARS},
        "additionalProperties": {"type": "string", "maxLength": METADATA_VALUE_CHARS},
    },
    output_expires_after={
        "oneOf": [_EXPIRY, {"type": "null"}],
        "description": f"Expiry of output and error file; {RESULTS_RETENTION_S} s by default.",
    },
)
COMPLETION = _object(
    [],
    part_ids={
        "type": ["array", "null"],
        "items": {"type": "string"},
        "description": "Ids of proxied parts, in order. Leave out for presigned parts.",
    },
    md5={"type": ["string", "null"], "description": "MD5 of the whole file, in hex or base64."},
)
PART = _object(["data"], data=_BINARY)
