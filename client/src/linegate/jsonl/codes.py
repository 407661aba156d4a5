"""The codes of errors in lines: when each is reported, and what to do about it.

Those of whole files are in file_rules.py. A test holds that every code that a check reports is
documented.
"""

from typing import NamedTuple


class LineCode(NamedTuple):
    cause: str
    remedy: str


LINE_CODES = {
    "invalid_encoding": LineCode(
        "The line is not UTF-8, or starts with a byte order mark.",
        "Save the file as UTF-8 without a byte order mark.",
    ),
    "invalid_json_line": LineCode(
        "The line is not one strict JSON object (RFC 8259): a syntax error, `NaN`, text after the "
        "object, a lone surrogate, or nesting deeper than `max_depth` of `GET /limits`.",
        "Write each line with a JSON library, such as Python's `json.dumps(…, allow_nan=False)`.",
    ),
    "line_too_long": LineCode(
        "The line is longer than `max_line_bytes` of `GET /limits`.",
        "Shorten or split the request.",
    ),
    "missing_required_parameter": LineCode(
        "`custom_id`, `method`, `url`, `body` or `body.model` is absent.",
        "Add the field that `param` names.",
    ),
    "invalid_value": LineCode(
        "`custom_id` or `body.model` is not a non-empty string, `method` is not `POST`, or `body` "
        "is not an object.",
        "Correct the field that `param` names.",
    ),
    "invalid_url": LineCode(
        "`url` is none of the deployment's `request_urls`.",
        "Use one that `GET /limits` lists, spelled the same: `/v1/chat/completions`.",
    ),
    "duplicate_custom_id": LineCode(
        "An earlier line has the same `custom_id`; `message` names that line.",
        "Give each request its own: results are matched by it.",
    ),
    "mismatched_model": LineCode(
        "`body.model` differs from the first request's, where the deployment allows one model in a "
        "file.",
        "Write one file for each model.",
    ),
    "streaming_unsupported": LineCode(
        "`body.stream` is true.", "Remove `stream`: the results of a batch are a file."
    ),
    "too_many_tasks": LineCode(
        "The file has more requests than `max_requests` of `GET /limits`. The check stops there.",
        "Split the file.",
    ),
}
