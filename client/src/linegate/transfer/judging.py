"""What the service makes of a file's lines, once it has all the bytes.

A file in one request is checked before the answer: it is `processed`, or it is refused with 400 and
nothing is stored. One in parts is checked a moment later. `judged` waits for that moment and gives
the same two answers, so that a caller need not know how large its file was.
"""

import json
from typing import Any

from .retries import answered
from .steps import Answer, Call, Flow, Sleep

FIRST_LOOK_S = 0.1
BETWEEN_LOOKS_S = 2.0
INVALID = 400


def judged(files_url: str, answer: Answer, wait_s: float) -> Flow[Answer]:
    """The file once it is checked, as it is after wait_s seconds, or 400 with its errors.

    An invalid file is deleted: nobody has its id yet, and the errors are in the answer.
    Anything but a file is returned as it is. Raises NoAnswer.
    """
    waited_s, delay_s = 0.0, FIRST_LOOK_S
    while answer.ok and answer.json().get("status") == "uploaded" and waited_s < wait_s:
        yield Sleep(delay_s)
        waited_s, delay_s = waited_s + delay_s, min(delay_s * 1.5, BETWEEN_LOOKS_S)
        answer = yield from answered(Call("GET", _url(files_url, answer.json())))
    file = answer.json()
    if not answer.ok or file.get("status") != "error":
        return answer
    report = yield from answered(Call("GET", _url(files_url, file) + "/validation"))
    yield from answered(Call("DELETE", _url(files_url, file)))
    return Answer(INVALID, answer.headers, json.dumps(refusal(file, report.json())).encode())


def refusal(file: dict[str, Any], report: dict[str, Any]) -> dict[str, Any]:
    """The body with which `POST /files` refuses the same lines."""
    errors = report.get("errors", {"object": "list", "data": []})
    first = errors["data"][0] if errors["data"] else {}
    shape = {
        "message": file.get("status_details") or "The file's lines are not valid.",
        "type": "invalid_request_error",
        "param": first.get("param"),
        "code": first.get("code", "invalid_value"),
    }
    counted = {"error_count": report.get("error_count"), "errors": errors}
    return {"error": {**shape, **counted}, **shape}


def _url(files_url: str, file: dict[str, Any]) -> str:
    return f"{files_url.rstrip('/')}/{file['id']}"
