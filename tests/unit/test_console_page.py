"""The console's files as answers: encodings, caches, and what their page is forbidden."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from lambdas.domain.console_page import Asset, answer
from lambdas.handlers import console

PAGE, SCRIPT = b"<!doctype html>", b"console.log(1)"
STORAGE = "https://bucket.s3.eu-west-1.amazonaws.com"


def asset(name: str, content: bytes) -> Asset:
    return Asset.of(name, gzip.compress(content, mtime=0))


def test_a_browser_gets_it_compressed_and_others_as_it_is() -> None:
    page = asset("index.html", PAGE)
    packed = answer("index.html", page, {"accept-encoding": "br, gzip"}, STORAGE)
    plain = answer("index.html", page, {}, STORAGE)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body == PAGE
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert packed.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("prefix", ["", "W/"])
def test_what_a_browser_has_is_not_sent_again(prefix: str) -> None:
    page = asset("index.html", PAGE)
    tag = answer("index.html", page, {"accept-encoding": "gzip"}, STORAGE).headers["ETag"]
    sent = {"accept-encoding": "gzip", "if-none-match": f'"other", {prefix}{tag}'}
    again = answer("index.html", page, sent, STORAGE)
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)


def test_the_page_is_asked_for_again_and_what_it_names_is_kept() -> None:
    page = answer("index.html", asset("index.html", PAGE), {}, STORAGE)
    script = answer("app-0.js", asset("app-0.js", SCRIPT), {}, STORAGE)
    assert page.headers["Cache-Control"] == "no-cache"
    assert "immutable" in script.headers["Cache-Control"]


def test_the_policy_lets_the_page_reach_the_api_and_the_storage_alone() -> None:
    headers = answer("index.html", asset("index.html", PAGE), {}, STORAGE).headers
    policy = dict(
        directive.split(" ", 1) for directive in headers["Content-Security-Policy"].split("; ")
    )
    assert policy.pop("connect-src") == f"'self' {STORAGE}"
    assert policy.pop("default-src") == "'none'"
    assert policy.pop("require-trusted-types-for") == "'script'"
    assert policy.pop("trusted-types") == "console"
    assert set(policy.values()) == {"'self'", "'none'"}
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"


def asked(path: str, name: str | None = None, **headers: str) -> dict[str, Any]:
    return {
        "path": path,
        "pathParameters": {"asset": name} if name else None,
        "headers": headers,
        "requestContext": {"requestId": "request-1"},
    }


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, content in (("index.html", PAGE), ("app-0.js", SCRIPT)):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
    monkeypatch.setattr(console, "FOLDER", tmp_path)
    monkeypatch.setenv("LINEGATE_STORAGE_ORIGIN", STORAGE)
    console.assets.cache_clear()


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    ("event", "status", "body"),
    [
        (asked("/console"), 200, PAGE),
        (asked("/console/app-0.js", "app-0.js"), 200, SCRIPT),
        (asked("/console/"), 302, b""),
        (asked("/console/app-1.js", "app-1.js"), 404, None),
        (asked("/console/..%2Findex.html", "../index.html"), 404, None),
    ],
)
def test_a_path_gives_the_file_of_its_name(
    event: dict[str, Any], status: int, body: bytes | None
) -> None:
    answered = console.handler(event, None)  # type: ignore[arg-type]  # it looks at no context
    sent = base64.b64decode(answered["body"])
    assert answered["statusCode"] == status
    assert answered["headers"]["x-request-id"] == "request-1"
    if body is None:
        assert json.loads(sent)["error"]["code"] == "not_found"
    else:
        assert sent == body


@pytest.mark.usefixtures("built")
def test_the_page_with_a_slash_leads_to_the_one_without() -> None:
    answered = console.handler(asked("/v1/console/"), None)  # type: ignore[arg-type]  # ditto
    assert answered["headers"]["Location"] == "../console"
