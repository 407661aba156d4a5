"""docs/cost-and-scale.md: its row by hand is right, and its tables say what the settings say."""

import re

import pytest

from docgen import cost_page, cost_text
from docgen.costs import (
    DIRECT_CHECK_BYTES_PER_S,
    SIZES,
    Cost,
    idle_month,
    is_direct,
    of_download,
    snapstart_month,
)
from docgen.scale import anybody, one_account
from infra.config import Config, parameters

LINE = re.compile(r"(?P<what>[\w -]+?)  +(?P<sum>[\d.()×+/ ]+) = (?P<result>[\d.]+)")


def by_hand() -> dict[str, tuple[str, str]]:
    found = map(LINE.fullmatch, cost_text.BY_HAND.splitlines())
    return {line["what"]: (line["sum"], line["result"]) for line in found if line}


@pytest.mark.parametrize("what", by_hand())
def test_a_line_of_the_row_by_hand_is_worked_out_right(what: str) -> None:
    arithmetic, result = by_hand()[what]
    places = len(result.partition(".")[2])
    value = eval(arithmetic.replace("×", "*"))  # noqa: S307  # LINE lets numbers and signs through
    assert round(value, places) == pytest.approx(float(result))


def test_the_row_by_hand_is_the_table_s() -> None:
    lines = by_hand()
    assert len(lines) == len(cost_text.BY_HAND.splitlines())
    *_, million, terabyte = cost_page.file_row(cost_text.BY_HAND_SIZE)
    assert float(lines["together"][1]) == round(million, 2)
    assert terabyte == pytest.approx(million * 1e6 / SIZES[cost_text.BY_HAND_SIZE])
    parts = [
        result for what, (_, result) in lines.items() if what not in ("GB-seconds", "together")
    ]
    assert lines["together"][0].split(" + ") == parts


def test_files_are_kept_for_the_default_retention() -> None:
    assert Config().limits.retention_s == cost_text.DAYS * 86_400


def test_costs_add_up_and_multiply() -> None:
    cost = Cost({"a": 1.0}) + Cost({"a": 2.0, "b": 0.5}) * 2
    assert (cost["a"], cost["b"], cost["c"], cost.total) == (5.0, 1.0, 0.0, 6.0)


def test_egress_is_nearly_all_of_a_large_download() -> None:
    download = of_download(SIZES["200 MB"])
    assert download["egress"] / download.total > 0.999


def test_an_idle_month_is_less_with_the_account_s_allowances() -> None:
    assert all(0 <= net <= gross for gross, net in idle_month().values())


def test_the_setting_names_what_snapshots_cost() -> None:
    (setting,) = [each for each in parameters() if each.name == "snapstart"]
    batching = Config(batch_endpoint="https://models.example.com/v1")
    plain, with_batches = (round(snapstart_month(each)) for each in (Config(), batching))
    assert (
        f"{plain} USD a month for keeping them, {with_batches} with" in setting.metadata["meaning"]
    )


def test_both_ways_of_sending_are_in_the_table() -> None:
    assert {is_direct(size) for size in SIZES.values()} == {True, False}
    assert Config().limits.direct_bytes < DIRECT_CHECK_BYTES_PER_S


def test_what_binds_first_is_on_top() -> None:
    for bounds in (anybody(), one_account()):
        rates = [bound.binds_at for bound in bounds]
        assert rates == sorted(rates)
