"""What make start, up and down are given: obeyed, or refused in one line."""

import subprocess
import sys
from collections.abc import Sequence

import pytest

from local.arguments import Arguments, parse
from local.errors import LocalError
from local.layout import DEFAULT_PORT, ROOT


def test_a_port_and_settings_are_taken() -> None:
    words = ["up", "--port", "5464", "-c", "retention_s=7200", "-c", "purposes=batch"]
    settings = {"retention_s": "7200", "purposes": "batch"}
    assert parse(words) == Arguments("up", 5464, port_given=True, settings=settings)
    assert parse(["up"]) == Arguments("up", DEFAULT_PORT, port_given=False, settings={})


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["up", "--port", "99999"], "PORT must be a number from 1 to 65535, not '99999'"),
        (["up", "--port", "0"], "PORT must be"),
        (["up", "--port", "web"], "not 'web'"),
        (["up", "--port", "²"], "PORT must be"),
        (["up", "-c", "retention_s"], "-c NAME=VALUE, not 'retention_s'"),
        (["up", "-c", "retention_s=1"], "retention_s 1 is not between 3600"),
        (["up", "-c", "retentions=1"], "there is no setting 'retentions'"),
        (["up", "-c", "target=aws"], "'target' cannot be changed on this machine"),
        (["up", "-c", "account_rate=5"], "account_rate is for AWS only"),
        (["up", "-k", "page"], "unrecognized arguments: -k page"),
        (["down", "-c", "retention_s=7200"], "make down takes no settings"),
    ],
)
def test_what_cannot_be_obeyed_is_refused(words: Sequence[str], told: str) -> None:
    with pytest.raises(LocalError) as refused:
        parse(words)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_refusal_is_one_line_on_stderr() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "local", "up", "--port", "99999"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "linegate: PORT must be a number from 1 to 65535, not '99999'\n"
