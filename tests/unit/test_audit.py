"""What of a path may be logged."""

import pytest

from lambdas.domain.routes import routes
from lambdas.handlers.audit import ACTIONS, shown_path

FILE = "file-01JD0000000000000000000000"


@pytest.mark.parametrize(
    ("path", "route", "shown"),
    [
        (f"/files/{FILE}", "/files/{file_id}", f"/files/{FILE}"),
        (f"/v1/files/{FILE}/content/", "/files/{file_id}/content", f"/v1/files/{FILE}/content/"),
        ("/files/wages.jsonl", "/files/{file_id}", "/files/…"),
        ("/files/lg_a_b/content", "/files/{file_id}/content", "/files/…/content"),
        (f"/files/{FILE}x", "/files/{file_id}", "/files/…"),
        ("/nowhere/wages.jsonl", "", "/…/…"),
        ("", "", ""),
    ],
)
def test_a_path_is_shown_as_far_as_it_is_ours(path: str, route: str, shown: str) -> None:
    assert shown_path(path, route) == shown


def test_every_route_that_changes_something_is_audited() -> None:
    changing = {(r.method, r.path) for r in routes(with_batches=True) if r.method != "GET"}
    assert set(ACTIONS) == changing
