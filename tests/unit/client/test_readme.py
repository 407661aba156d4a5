"""The client's README says what the code does."""

import re
from pathlib import Path

from linegate.cli import errors
from linegate.cli.app import EXIT_STATUS
from linegate.sdk.http_client import WAIT_S
from linegate.transfer.flow import PARALLEL
from linegate.transfer.upload import DIRECT_BYTES

README = (Path(__file__).parents[3] / "client" / "README.md").read_text()
ROW = re.compile(r"^\| (\d+) +\| (.+?) +\|$", re.MULTILINE)
NUMBER_WORDS = {4: "four", 6: "six", 8: "eight"}


def test_the_one_line_comes_first() -> None:
    first = README.index("```python")
    assert "http_client=linegate.http_client(),  # this one" in README[first : first + 300]


def test_the_exit_statuses_are_those_of_the_code() -> None:
    written = ROW.findall(README)
    assert written == ROW.findall(str(errors.__doc__))
    assert [int(status) for status, _ in written] == [0, 1, 2, 3, 4, 5, errors.INTERRUPTED]
    classes = {failure.status for failure in errors.Failure.__subclasses__()}
    assert classes | {errors.DONE, errors.INTERRUPTED} == {int(s) for s, _ in written}
    assert all(f"{status} " in EXIT_STATUS for status, _ in written)


def test_the_numbers_are_those_of_the_code() -> None:
    assert f"up to {DIRECT_BYTES >> 20} MiB go in one request" in README
    assert f"{NUMBER_WORDS[PARALLEL]} at a time" in README
    assert WAIT_S == 60
    assert "a minute at most" in README
