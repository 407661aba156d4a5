"""One real bundle: complete, stripped, compiled, and the same each time.

The wheels are kept in build/, so only the first run on a machine installs them.
"""

import hashlib
import importlib.util
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import cold_start
from benchmarks.cold.aws_stub import serving
from infra import bundling
from infra.bundling_error import BundlingError
from infra.permissions import FunctionName
from infra.shared_code import PACKAGE, SHARED
from lambdas import clients


def digest(tree: Path) -> str:
    """A hash of every path and byte under `tree`."""
    total = hashlib.sha256()
    for file in sorted(f for f in tree.rglob("*") if f.is_file()):
        total.update(str(file.relative_to(tree)).encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def run_from(bundle: Path, program: str) -> None:
    """Run a program to which nothing of this environment can lend what the bundle lacks."""
    found = f"import sys; sys.path.insert(0, {str(bundle)!r})\n"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", found + program],
        env={"AWS_DEFAULT_REGION": "eu-west-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def client_factories() -> list[str]:
    """The public functions of lambdas/clients.py that return a client."""
    return [
        name
        for name, factory in inspect.getmembers(clients, callable)
        if not name.startswith("_")
        and inspect.unwrap(factory).__module__ == clients.__name__
        and str(inspect.unwrap(factory).__annotations__.get("return")).endswith("Client")
    ]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("bundle")
    bundling.build("host", "host", target)
    return target


def test_the_same_sources_make_the_same_bundle(bundle: Path, tmp_path: Path) -> None:
    bundling.build("host", "host", tmp_path)
    assert digest(tmp_path) == digest(bundle)


def test_every_handler_imports_from_the_bundle_alone(bundle: Path) -> None:
    program = "\n".join(
        (*(f"from lambdas.handlers.{name} import handler" for name in FunctionName),)
    )
    run_from(bundle, program)


def test_every_client_opens_from_the_bundle_alone(bundle: Path) -> None:
    factories = client_factories()
    assert {"dynamodb", "s3", "secrets_manager", "sqs"} <= set(factories)
    program = "\n".join(("from lambdas import clients", *(f"clients.{f}()" for f in factories)))
    run_from(bundle, program)


@pytest.mark.parametrize("function", ["files", "uploads", "authorizer", "finalizer", "reaper"])
def test_every_function_answers_its_first_call_from_the_bundle_alone(
    bundle: Path, tmp_path: Path, function: str
) -> None:
    """With a stub for AWS: models that were trimmed too far fail here."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps(cold_start.events()[function]))
    with serving() as endpoint:
        taken = cold_start.sample(
            sys.executable,
            bundle,
            f"lambdas.handlers.{function}",
            event,
            cold_start.environment(endpoint),
        )
    assert taken.import_ms > 0


UNUSED_BY_ALL = {
    "boto3",
    "s3transfer",
    "aws_lambda_powertools.event_handler.appsync",
    "aws_lambda_powertools.event_handler.bedrock_agent",
    "aws_lambda_powertools.utilities.data_classes.ses_event",
    "aws_lambda_powertools.utilities.parser",
}
UNUSED_BY_EVENTS = UNUSED_BY_ALL | {
    "aws_lambda_powertools.event_handler",
    "pydantic",
    "python_multipart",
}


@pytest.mark.parametrize(
    ("function", "unused"),
    [
        ("files", UNUSED_BY_ALL),
        ("uploads", UNUSED_BY_ALL),
        ("authorizer", UNUSED_BY_EVENTS | {"msgspec"}),
        ("finalizer", UNUSED_BY_EVENTS),
        ("reaper", UNUSED_BY_EVENTS),
        ("reconciler", UNUSED_BY_EVENTS),
    ],
)
def test_a_function_imports_nothing_that_it_does_not_use(
    bundle: Path, function: str, unused: set[str]
) -> None:
    """Each of these is a part of every cold start that somebody waits for."""
    imported = f"from lambdas.handlers import {function}; found = {unused!r} & set(sys.modules)"
    run_from(bundle, f"{imported}; assert not found, found")


def test_garbage_is_collected_again_once_a_handler_is_there(bundle: Path) -> None:
    run_from(bundle, "import gc; from lambdas.handlers import authorizer; assert gc.isenabled()")


def test_the_models_have_no_documentation_and_no_other_services_endpoints(bundle: Path) -> None:
    models = bundle / "botocore" / "data"
    assert [*models.rglob("*.gz")] == []
    assert (models / "endpoints.json").stat().st_size < 100_000
    model = json.loads((models / "dynamodb" / "2012-08-10" / "service-2.json").read_text())
    assert model["operations"]["GetItem"]["documentation"] == ""


def test_only_the_client_factories_open_clients() -> None:
    """Their services alone are in the bundle: a client opened elsewhere would lack its model."""
    openers = re.compile(r"\bboto3\.(client|resource|Session|session)\b|\bcreate_client\b")
    sources = [s for s in bundling.SOURCES.rglob("*.py") if s != bundling.CLIENTS]
    assert len(sources) > 20
    assert [s for s in sources if openers.search(s.read_text())] == []


def test_every_module_is_compiled_and_its_byte_code_never_checked(bundle: Path) -> None:
    sources = [*bundle.rglob("*.py")]
    assert sources
    for source in sources:
        compiled = Path(importlib.util.cache_from_source(source))
        flags = int.from_bytes(compiled.read_bytes()[4:8], "little")
        assert flags == 0b01, f"{compiled} is not an unchecked, hash-based .pyc"  # PEP 552


def test_byte_code_does_not_name_the_folder_it_was_made_in(bundle: Path) -> None:
    compiled = Path(importlib.util.cache_from_source(bundle / "lambdas" / "domain" / "keys.py"))
    assert str(bundle).encode() not in compiled.read_bytes()


def test_the_bundle_holds_no_service_that_is_not_used(bundle: Path) -> None:
    models = {m.name for m in (bundle / "botocore" / "data").iterdir() if m.is_dir()}
    assert models == bundling.aws_services() == {"dynamodb", "s3", "secretsmanager", "sqs"}
    size = sum(f.stat().st_size for f in bundle.rglob("*") if f.is_file())
    assert size < 40 << 20


@pytest.mark.parametrize(
    "source",
    ["_session().create_client(service)", "_session().create_client()", "create_client"],
)
def test_a_client_whose_service_is_not_named_is_one_line(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unnamed = tmp_path / "clients.py"
    unnamed.write_text(source)
    monkeypatch.setattr(bundling, "CLIENTS", unnamed)
    with pytest.raises(BundlingError, match="must name its service literally"):
        bundling.aws_services()


def test_the_bundle_holds_what_the_functions_read(bundle: Path) -> None:
    sources = bundling.SOURCES
    data = {f.relative_to(sources) for f in sources.rglob("*.json")}
    assert data == {f.relative_to(bundle / "lambdas") for f in (bundle / "lambdas").rglob("*.json")}


def test_the_bundle_holds_only_what_is_shared_of_the_client(bundle: Path) -> None:
    held = {path.name for path in (bundle / "linegate").iterdir()} - {"__pycache__"}
    assert held == set(SHARED)
    modules = {path.relative_to(PACKAGE) for path in (PACKAGE / "jsonl").glob("*.py")}
    assert modules == {
        path.relative_to(bundle / "linegate") for path in bundle.glob("linegate/jsonl/*.py")
    }


def test_a_missing_wheel_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("boto3\n")  # without a hash, so refused before anything is fetched
    monkeypatch.setattr(bundling, "REQUIREMENTS", requirements)
    monkeypatch.setattr(bundling, "CACHE", tmp_path / "bundles")
    with pytest.raises(BundlingError, match="wheels could not be installed") as caught:
        bundling.wheels("host", "host")
    assert "\n" not in str(caught.value)
    assert [*(tmp_path / "bundles").iterdir()] == []  # nothing half-made is left to be used


def test_a_python_that_lambda_does_not_have_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundling, "RUNTIMES", {"3.10": bundling.RUNTIMES["3.11"]})
    with pytest.raises(BundlingError, match=r"run this with a Python that Lambda has \(3"):
        bundling.lambda_runtime("arm64", "host")


def test_a_strict_umask_does_not_keep_lambda_from_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundling, "CACHE", tmp_path / "bundles")
    before = os.umask(0o077)
    try:
        bundling.build("host", "host", tmp_path / "bundle")
    finally:
        os.umask(before)
    modes = {(f.is_dir(), f.stat().st_mode & 0o777) for f in (tmp_path / "bundle").rglob("*")}
    assert modes == {(True, 0o755), (False, 0o644)}


def test_without_the_functions_python_here_nothing_stale_is_shipped(tmp_path: Path) -> None:
    """The wheels are another version's, and no byte-code is better than this one's."""
    other = next(v for v in ("3.13", "3.12") if v != bundling.HOST_PYTHON)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundling, "interpreter", lambda _: None)
        bundling.build("x86_64", other, tmp_path)
        warning = bundling.no_byte_code_warning(other)
    assert [*tmp_path.rglob("*.pyc")] == []
    built_for = {f.name.split(".")[1] for f in (tmp_path / "msgspec").glob("*.so")}
    assert built_for == {f"cpython-{other.replace('.', '')}-x86_64-linux-gnu"}
    assert warning is not None
    assert other in warning
