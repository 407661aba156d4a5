"""What makes a start deploy again, and what it reads from the template."""

from pathlib import Path

import pytest

from local import deployment
from local.ignored_properties import s3_rule

PORT = 5463
FILES = (
    "app.py",
    "cdk.json",
    "requirements.txt",
    "package-lock.json",
    "client/src/linegate/__init__.py",
)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folders = [f"client/src/linegate/{name}" for name in ("api_keys", "jsonl")]
    for name in ("infra", "lambdas/domain", "console", "client/node", *folders):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "module.py").write_text(name)
    for name in FILES:
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(deployment, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        *FILES,
        "infra/module.py",
        "lambdas/domain/module.py",
        "lambdas/new.json",
        "console/module.py",
        "client/node/module.py",
        "client/src/linegate/jsonl/module.py",
    ],
)
def test_a_changed_or_new_file_of_the_stack_changes_the_fingerprint(
    checkout: Path, name: str
) -> None:
    before = deployment.fingerprint(PORT)
    assert deployment.fingerprint(PORT) == before
    (checkout / name).write_text("changed")
    assert deployment.fingerprint(PORT) != before


def test_a_moved_file_changes_the_fingerprint(checkout: Path) -> None:
    before = deployment.fingerprint(PORT)
    (checkout / "infra" / "module.py").rename(checkout / "infra" / "renamed.py")
    assert deployment.fingerprint(PORT) != before


def test_another_port_changes_the_fingerprint(checkout: Path) -> None:
    assert deployment.fingerprint(PORT) != deployment.fingerprint(PORT + 1)


def test_what_python_and_others_leave_beside_the_stack_does_not(checkout: Path) -> None:
    before = deployment.fingerprint(PORT)
    (checkout / "lambdas" / "__pycache__").mkdir()
    (checkout / "lambdas" / "__pycache__" / "module.pyc").write_bytes(b"\0")
    (checkout / "README.md").write_text("new")
    assert deployment.fingerprint(PORT) == before


def test_a_templates_expiration_rule_is_translated_for_s3() -> None:
    rule = {"ExpirationInDays": 7, "Id": "seven", "Prefix": "files/07/", "Status": "Enabled"}
    assert s3_rule(rule) == {
        "ID": "seven",
        "Filter": {"Prefix": "files/07/"},
        "Status": "Enabled",
        "Expiration": {"Days": 7},
    }


def test_a_templates_rule_for_incomplete_uploads_is_translated_for_s3() -> None:
    abort = {"DaysAfterInitiation": 1}
    assert s3_rule({"AbortIncompleteMultipartUpload": abort, "Status": "Enabled"}) == {
        "Filter": {"Prefix": ""},
        "Status": "Enabled",
        "AbortIncompleteMultipartUpload": abort,
    }


def test_a_rule_that_nobody_has_translated_is_not_dropped_silently() -> None:
    with pytest.raises(KeyError):
        s3_rule({"Status": "Enabled", "Transitions": []})
