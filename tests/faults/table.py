"""The fault table: every call of every scenario against every fault, in Markdown."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

from tests.faults.cases import Cell
from tests.faults.injection import Fault

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "operations.md"
BEGIN = "<!-- fault table: begin (make faults writes it: ARGS=--write-table) -->"
END = "<!-- fault table: end -->"

COLUMNS: Mapping[str, tuple[Fault, ...]] = {
    "fails once": (Fault.THROTTLED_ONCE, Fault.FAILED_ONCE, Fault.RESET_ONCE),
    "answer lost once": (Fault.LOST_ONCE,),
    "arrives twice": (Fault.TWICE,),
    "fails for a whole request": (Fault.THROTTLED, Fault.FAILED, Fault.RESET),
    "its answers are lost for a whole request": (Fault.LOST,),
    "function killed before it": (Fault.KILLED_BEFORE,),
    "function killed after it": (Fault.KILLED_AFTER,),
    "fails until the client gives up": (Fault.DOWN,),
}
"""Faults of one column were found to come to the same."""

Cells = Mapping[Fault, Cell]
Row = tuple[str, str, tuple[str, ...]]


def row(scenario: str, call: str, cells: Cells) -> Row:
    """Raises AssertionError where faults of one column differ."""
    shown = []
    for column, faults in COLUMNS.items():
        found = {_text(cells[fault]) for fault in faults}
        assert len(found) == 1, f"{scenario}, {call}, {column}: {sorted(found)}"
        shown.append(found.pop())
    return scenario, call.partition(".")[2], tuple(shown)


def render(rows: Iterable[Row]) -> str:
    """Calls of one scenario that come to the same share a line."""
    lines = [
        f"| request or function | the call to AWS that … | {' | '.join(COLUMNS)} |",
        f"|---|---|{'---|' * len(COLUMNS)}",
    ]
    for (scenario, shown), same in groupby(_gathered(rows), key=lambda row: (row[0], row[2])):
        calls = ", ".join(dict.fromkeys(call for _, call, _ in same))
        lines.append(f"| {scenario} | {calls} | {' | '.join(shown)} |")
    return "\n".join(lines)


def _gathered(rows: Iterable[Row]) -> list[Row]:
    """Within a scenario, equal rows together, in the order in which they first come."""
    gathered: list[Row] = []
    for scenario, mine in groupby(rows, key=lambda row: row[0]):
        calls = list(mine)
        kinds = list(dict.fromkeys(shown for _, _, shown in calls))
        gathered += sorted(calls, key=lambda row: kinds.index(row[2]))
        assert scenario
    return gathered


def _text(cell: Cell) -> str:
    """`503, 200 (+1 hidden)`, `again ×5`."""
    runs = [(seen, len(list(same))) for seen, same in groupby(cell.seen)]
    seen = ", ".join(one if count == 1 else f"{one} ×{count}" for one, count in runs)
    return f"{seen} ({cell.left})" if cell.left else seen


def documented() -> str:
    text = DOCUMENT.read_text()
    return text.partition(BEGIN)[2].partition(END)[0].strip()


def write(table: str) -> None:
    text = DOCUMENT.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}")
