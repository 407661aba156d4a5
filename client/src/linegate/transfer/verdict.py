"""The lines of a file that went in parts are judged, and the answer is as for one request."""

import json
from typing import Any

from ..jsonl.error_body import error_body
from .flow import Answer, Call, Flow, Sleep
from .objects import File, Report
from .retry import ask

INVALID = 400

FIRST_LOOK_S = 0.1
BETWEEN_LOOKS_S = 2.0


def wait_for_verdict(files_url: str, answer: Answer, wait_s: float) -> Flow[Answer]:
    """The file once it is checked, as it is after wait_s seconds, or 400 with its errors.

    An invalid file is deleted, as `POST /files` stores none: nobody has its id yet, and the errors
    are in the answer. Anything but a file is returned as it is. Raises NoAnswer.
    """
    file_url = f"{files_url.rstrip('/')}/{answer.json().get('id')}"
    waited_s, delay_s = 0.0, FIRST_LOOK_S
    while answer.ok and answer.json().get("status") == "uploaded" and waited_s < wait_s:
        yield Sleep(delay_s)
        waited_s, delay_s = waited_s + delay_s, min(delay_s * 1.5, BETWEEN_LOOKS_S)
        answer = yield from ask(Call("GET", file_url))
    file: Any = answer.json()
    if not answer.ok or file.get("status") != "error":
        return answer
    report: Any = (yield from ask(Call("GET", f"{file_url}/validation"))).json()
    yield from ask(Call("DELETE", file_url))
    return Answer(INVALID, answer.headers, json.dumps(_refuse(file, report)).encode())


def _refuse(file: File, report: Report) -> dict[str, Any]:
    """The body with which `POST /files` refuses the same lines."""
    errors = report.get("errors", {"object": "list", "data": []})
    first = errors["data"][0] if errors["data"] else {}
    return error_body(
        file.get("status_details") or "The file's lines are not valid.",
        "invalid_request_error",
        first.get("code", "invalid_value"),
        first.get("param"),
        {"error_count": report.get("error_count"), "errors": errors},
    )
