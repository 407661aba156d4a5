"""The service against its own OpenAPI document: whatever is sent, the answer is a documented one.

Schemathesis makes the requests from the document: right ones, ones at every bound and beyond, wrong
types, missing and repeated fields, other methods. Ids that it makes up lead nowhere, so a second
round puts in ids of real files and uploads.
"""

import json
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import CHECKS, load_all_checks

from local import emulator
from local.layout import ROOT
from tests.contract.lines import batch

EXAMPLES = 15

load_all_checks()
NOT_MEANT = CHECKS.get_by_names(
    [
        # What the lines of a file must be, and in which state an upload is, no schema can say.
        "positive_data_acceptance",
        # Unknown fields and query parameters are ignored, as the SDKs' own services do.
        "negative_data_rejection",
        # 404: the gateway cannot tell an unknown method from an unknown route.
        "unsupported_method",
    ]
)

repeatable = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # an account for each route
)


DOCUMENT = ROOT / "lambdas" / "openapi.json"

whole = schemathesis.openapi.from_path(DOCUMENT)
of_one = whole.include(path_regex=r"\{(file|upload)_id\}")


def test_the_document_is_what_the_service_hands_out(base_url: str) -> None:
    assert httpx.get(f"{base_url}/openapi.json").json() == json.loads(DOCUMENT.read_text())


@whole.parametrize()
@repeatable
def test_every_answer_is_documented(case: Case[Any], base_url: str, api_key: str) -> None:
    answered(case, base_url, api_key)


@of_one.parametrize()
@repeatable
def test_every_answer_about_a_real_file_or_upload_is_documented(
    case: Case[Any], http: httpx.Client, base_url: str, api_key: str
) -> None:
    for name in case.path_parameters:
        made = new_file(http) if name == "file_id" else new_upload(http)
        case.path_parameters[name] = made["id"]
    answered(case, base_url, api_key)


def answered(case: Case[Any], base_url: str, api_key: str) -> None:
    case.call_and_validate(
        base_url=base_url,
        headers={"Authorization": f"Bearer {api_key}"},
        verify=emulator.trust().get("SSL_CERT_FILE", True),
        excluded_checks=NOT_MEANT,  # type: ignore[arg-type]  # what the library itself hands out
    )


def new_file(http: httpx.Client) -> Any:
    content = {"file": ("a.jsonl", batch(1))}
    made = http.post("/files", data={"purpose": "batch"}, files=content)
    return made.raise_for_status().json()


def new_upload(http: httpx.Client) -> Any:
    wanted = {"filename": "a.jsonl", "purpose": "batch", "bytes": len(batch(1))}
    return http.post("/uploads", json=wanted).raise_for_status().json()
