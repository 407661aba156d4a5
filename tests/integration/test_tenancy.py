"""Two accounts: what is another's answers, and costs, exactly as what never existed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from lambdas import clients, settings
from lambdas.domain.keys import DAY_S
from lambdas.domain.limits import MIB
from lambdas.domain.routes import ROUTES
from tests.integration.lines import padded_to, requests
from tests.integration.service import Answer, Form, Service, recorded_calls
from tests.integration.uploads.client import cancel, complete, create, send_missing

MISSING = "01JZZZZZZZZZZZZZZZZZZZZZZZ"

Send = Callable[[Service, str], Answer]


class Route(NamedTuple):
    """A route with an id: how it is asked for the ULID given, and what of."""

    method: str
    path: str
    send: Send


def _part(service: Service, ulid: str) -> Answer:
    return service.post_form(f"/uploads/upload-{ulid}/parts", Form().file(b"x", name="data"))


def _complete_with(**fields: object) -> Send:
    return lambda s, ulid: s.post_json(f"/uploads/upload-{ulid}/complete", fields)


ON_FILES = [
    Route("GET", "/files/{file_id}", lambda s, u: s.get(f"/files/file-{u}")),
    Route("DELETE", "/files/{file_id}", lambda s, u: s.delete(f"/files/file-{u}")),
    Route("GET", "/files/{file_id}/content", lambda s, u: s.get(f"/files/file-{u}/content")),
    Route("GET", "/files/{file_id}/validation", lambda s, u: s.get(f"/files/file-{u}/validation")),
]
ON_UPLOADS = [
    Route("GET", "/uploads/{upload_id}", lambda s, u: s.get(f"/uploads/upload-{u}")),
    Route("POST", "/uploads/{upload_id}/parts", _part),
    Route("POST", "/uploads/{upload_id}/complete", _complete_with()),
    Route("POST", "/uploads/{upload_id}/complete", _complete_with(md5="0" * 32)),
    Route(
        "POST",
        "/uploads/{upload_id}/complete",
        _complete_with(part_ids=[f"part-{MISSING}"]),
    ),
    Route(
        "POST",
        "/uploads/{upload_id}/cancel",
        lambda s, u: s.request("POST", f"/uploads/upload-{u}/cancel"),
    ),
]


def a_file(owner: Service) -> str:
    return str(owner.create_file(requests(1)).json["id"])


def a_large_file(owner: Service) -> str:
    """Too large to be answered with: its content is a redirect."""
    content = padded_to(4 * MIB + 1)
    upload = create(owner, content)
    send_missing(upload, content)
    return str(complete(owner, upload).json["file"]["id"])


def a_pending_upload(owner: Service) -> str:
    return str(create(owner)["id"])


def a_cancelled_upload(owner: Service) -> str:
    upload = create(owner)
    cancel(owner, upload)
    return str(upload["id"])


def an_expired_file(owner: Service) -> str:
    return _expired(owner, a_file(owner))


def an_expired_upload(owner: Service) -> str:
    return _expired(owner, a_pending_upload(owner))


def _expired(owner: Service, identifier: str) -> str:
    clients.dynamodb().update_item(
        TableName=settings.files_table(),
        Key={
            "PK": {"S": f"ACCOUNT#{owner.account}"},
            "SK": {"S": f"FILE#{identifier.partition('-')[2]}"},
        },
        UpdateExpression="SET expires_at = :past",
        ExpressionAttributeValues={":past": {"N": str(DAY_S)}},
    )
    return identifier


THINGS = [
    a_file,
    a_large_file,
    a_pending_upload,
    a_cancelled_upload,
    an_expired_file,
    an_expired_upload,
]


@contextmanager
def unchanged() -> Iterator[None]:
    """Nothing is written, in the table or the bucket."""

    def everything() -> object:
        listed = clients.s3().list_objects_v2(Bucket=settings.bucket()).get("Contents", [])
        uploads = clients.s3().list_multipart_uploads(Bucket=settings.bucket()).get("Uploads", [])
        return (
            clients.dynamodb().scan(TableName=settings.files_table())["Items"],
            [item["Key"] for item in listed],
            [item["UploadId"] for item in uploads],
        )

    before = everything()
    yield
    assert everything() == before


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: thing.__name__)
@pytest.mark.parametrize(
    "route", [*ON_FILES, *ON_UPLOADS], ids=lambda route: f"{route.method} {route.path}"
)
def test_what_is_anothers_answers_and_costs_as_what_never_was(
    service: Service, route: Route, thing: Callable[[Service], str]
) -> None:
    ulid = thing(service).partition("-")[2]
    stranger = Service("stranger")
    with unchanged():
        with recorded_calls() as missing_calls:
            missing = route.send(stranger, MISSING)
        with recorded_calls() as calls:
            answer = route.send(stranger, ulid)
    assert missing.status == 404
    assert (answer.status, answer.body, answer.headers) == (404, missing.body, missing.headers)
    assert calls == missing_calls
    assert len(calls) == 1


@pytest.mark.parametrize("route", ON_FILES, ids=lambda route: f"{route.method} {route.path}")
@pytest.mark.parametrize("thing", [a_pending_upload, a_cancelled_upload, an_expired_file])
def test_ones_own_that_is_no_file_answers_as_what_never_was(
    service: Service, route: Route, thing: Callable[[Service], str]
) -> None:
    ulid = thing(service).partition("-")[2]
    missing = route.send(service, MISSING)
    assert route.send(service, ulid).body == missing.body
    assert missing.status == 404


def test_every_route_with_an_id_is_tried() -> None:
    tried = {(route.method, route.path) for route in (*ON_FILES, *ON_UPLOADS)}
    assert tried == {(route.method, route.path) for route in ROUTES if "{" in route.path}


def test_a_list_shows_nothing_of_anothers_and_counts_nothing(service: Service) -> None:
    stranger = Service("stranger")
    with recorded_calls() as empty_calls:
        empty = stranger.get("/files?limit=1")
    for _ in range(3):
        a_file(service)
    with recorded_calls() as calls:
        answer = stranger.get("/files?limit=1")
    assert answer.body == empty.body
    assert calls == empty_calls
    assert answer.json["data"] == []


def test_a_page_after_anothers_file_is_the_page_after_a_missing_one(service: Service) -> None:
    stranger = Service("stranger")
    before = a_file(stranger)
    theirs = a_file(service)
    last = a_file(stranger)
    changed = theirs[:-1] + ("0" if theirs[-1] != "0" else "1")
    bodies = [stranger.get(f"/files?after={after}").body for after in (theirs, changed)]
    assert bodies[0] == bodies[1]
    assert [f["id"] for f in stranger.get(f"/files?after={theirs}").json["data"]] == [last]
    assert before < theirs < last


def test_an_account_whose_name_begins_as_anothers_sees_nothing_of_it(service: Service) -> None:
    identifier = a_file(service)
    for account in (service.account[:-1], f"{service.account}2", service.account.upper()):
        assert Service(account).get(f"/files/{identifier}").status == 404
        assert Service(account).get("/files").json["data"] == []
