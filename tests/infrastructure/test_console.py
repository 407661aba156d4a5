"""The console: nothing of it when it is off, no rights when it is on; and what is built of it."""

import gzip
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra import console
from infra.bundling_error import BundlingError
from infra.permissions import OWN_LOGS, FunctionName
from lambdas.domain.console_page import MEDIA_TYPES
from tests.infrastructure.template import Template, render, statements, synthesize
from tests.infrastructure.test_api import methods

LARGEST_COMPRESSED = 150 * 1024


@pytest.fixture(scope="module")
def files() -> Mapping[str, bytes]:
    return console.page_files()


def test_switched_off_nothing_of_it_exists(template: Template) -> None:
    off = synthesize(console="false")
    shutil.rmtree(off.file.parent)
    with_it, without = set(template.body["Resources"]), set(off.body["Resources"])
    gone = {name for name in with_it - without if not name.startswith("ApiRestApiDeployment")}
    assert without <= with_it | {n for n in without if n.startswith("ApiRestApiDeployment")}
    assert {template.body["Resources"][name]["Type"] for name in gone} == {
        "AWS::Lambda::Function",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
        "AWS::IAM::Role",
        "AWS::ApiGateway::Resource",
        "AWS::ApiGateway::Method",
    }
    assert not [path for _, path in methods(off) if "console" in path]
    handlers = {f["Handler"] for f in off.properties("AWS::Lambda::Function").values()}
    assert "lambdas.handlers.console.handler" not in handlers
    assert "ConsoleUrl" not in off.body["Outputs"]
    assert "CorsConfiguration" not in off.only("AWS::S3::Bucket")[1]["Properties"]


def test_its_function_may_write_its_own_log_and_nothing_else(template: Template) -> None:
    (policy,) = template.role(FunctionName.CONSOLE)["Policies"]
    (statement,) = statements(policy["PolicyDocument"])
    assert tuple(statement["Action"]) == OWN_LOGS.actions


def test_its_policy_names_the_bucket_that_parts_are_sent_to(template: Template) -> None:
    _, function = template.function(FunctionName.CONSOLE)
    bucket, _ = template.only("AWS::S3::Bucket")
    origin = render(function["Environment"]["Variables"]["LINEGATE_STORAGE_ORIGIN"])
    assert origin == f"https://<{bucket}.RegionalDomainName>"


def test_no_other_page_may_ask_for_it_across_origins(everything: Template) -> None:
    preflights = {path for method, path in methods(everything) if method == "OPTIONS"}
    assert not [path for path in preflights if "console" in path]


def test_all_of_it_is_small(files: Mapping[str, bytes]) -> None:
    assert sum(len(gzip.compress(content, 9)) for content in files.values()) < LARGEST_COMPRESSED


def test_the_same_sources_give_the_same_bytes(files: Mapping[str, bytes], tmp_path: Path) -> None:
    assert console.page_files() == files
    console.build_page(tmp_path / "page")
    built = {path.name: path.read_bytes() for path in (tmp_path / "page").iterdir()}
    assert built == {f"{n}.gz": gzip.compress(c, 9, mtime=0) for n, c in files.items()}


def test_the_page_names_every_file_and_no_other(files: Mapping[str, bytes]) -> None:
    page = files["index.html"].decode()
    named = set(re.findall(r'(?:src|href)="console/([^"]+)"', page))
    worker = {name for name in files if name.startswith("check_worker-")}
    assert named | worker | {"index.html"} == set(files)
    (app,) = [content for name, content in files.items() if name.startswith("app-")]
    assert all(name.encode() in app for name in worker)
    assert len(re.findall(r'(?:src|href)="', page)) == len(named)


def test_every_file_has_a_type_that_a_browser_takes(files: Mapping[str, bytes]) -> None:
    assert {Path(name).suffix for name in files} == set(MEDIA_TYPES)


def test_no_text_becomes_markup_or_a_script() -> None:
    """The browser refuses it too (Trusted Types); but not every browser does."""
    ways = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser"
    for source in console.SOURCES.rglob("*.mjs"):
        assert not re.search(ways, source.read_text()), source.name


def test_the_key_is_kept_in_session_storage_alone() -> None:
    ways = r"localStorage|indexedDB|document\.cookie|caches\.open"
    for source in console.SOURCES.rglob("*.mjs"):
        assert not re.search(ways, source.read_text()), source.name
        assert ("sessionStorage" in source.read_text()) == (source.name == "session.mjs")


def test_a_missing_bundler_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "ESBUILD", Path("/nowhere/esbuild"))
    with pytest.raises(BundlingError, match="run make setup"):
        console.page_files()
