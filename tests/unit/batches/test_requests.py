"""The body of POST /batches, at and beyond its bounds."""

from typing import Any

import pytest

from lambdas.domain.batch_requests import parse_new_batch
from lambdas.domain.errors import InvalidValue, MissingParameter
from lambdas.domain.limits import Limits

ULID = "01JD0000000000000000000000"
SMALLEST = {"input_file_id": f"file-{ULID}", "endpoint": "/v1/chat/completions"}
WINDOWS = Limits(completion_windows=("24h", "1h", "168h"))


def parse(**fields: Any) -> Any:
    return parse_new_batch({**SMALLEST, **fields}, WINDOWS)


def test_the_smallest_request_gets_the_defaults() -> None:
    new = parse()
    assert (new.input_ulid, new.endpoint) == (ULID, "/v1/chat/completions")
    assert (new.completion_window, new.results_retention_s) == ("24h", 30 * 86_400)
    assert new.metadata is None


@pytest.mark.parametrize("window", ["24h", "1h", "168h"])
def test_windows_that_the_deployer_allows(window: str) -> None:
    assert parse(completion_window=window).completion_window == window


@pytest.mark.parametrize("seconds", [3_600, 2_592_000])
def test_results_may_be_kept_from_an_hour_to_thirty_days(seconds: int) -> None:
    policy = {"anchor": "created_at", "seconds": seconds}
    assert parse(output_expires_after=policy).results_retention_s == seconds


def test_metadata_at_its_bounds() -> None:
    metadata = {f"{number:064d}": "é" * 512 for number in range(16)}
    assert parse(metadata=metadata).metadata == metadata


@pytest.mark.parametrize("name", ["input_file_id", "endpoint"])
def test_what_is_required(name: str) -> None:
    with pytest.raises(MissingParameter) as error:
        parse_new_batch({**SMALLEST, name: None}, WINDOWS)
    assert error.value.param == name


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"input_file_id": 1}, "input_file_id"),
        ({"input_file_id": "file-1"}, "input_file_id"),
        ({"endpoint": "/v1/images"}, "endpoint"),
        ({"endpoint": ["/v1/chat/completions"]}, "endpoint"),
        ({"completion_window": "2h"}, "completion_window"),
        ({"completion_window": 24}, "completion_window"),
        ({"metadata": []}, "metadata"),
        ({"metadata": {"k": 1}}, "metadata"),
        ({"metadata": {"": "v"}}, "metadata"),
        ({"metadata": {"k" * 65: "v"}}, "metadata"),
        ({"metadata": {"k": "v" * 513}}, "metadata"),
        ({"metadata": {str(n): "v" for n in range(17)}}, "metadata"),
        ({"metadata": {"k": "\ud800"}}, "metadata"),
        ({"output_expires_after": 3_600}, "output_expires_after"),
        ({"output_expires_after": {"seconds": 3_600}}, "output_expires_after.anchor"),
        (
            {"output_expires_after": {"anchor": "created_at", "seconds": "1"}},
            "output_expires_after.seconds",
        ),
        (
            {"output_expires_after": {"anchor": "created_at", "seconds": 3_599}},
            "output_expires_after.seconds",
        ),
        (
            {"output_expires_after": {"anchor": "created_at", "seconds": 2_592_001}},
            "output_expires_after.seconds",
        ),
    ],
)
def test_what_is_refused_names_its_field(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidValue) as error:
        parse(**fields)
    assert error.value.param == param
