"""The table of a run: promise, outcome, evidence."""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from accept.promises import GROUPS
from accept.running import Outcome, Result


def table(results: Sequence[Result]) -> str:
    """Pure."""
    lines: list[str] = []
    for group, rows in groupby(results, key=lambda result: result.promise.group):
        lines += ["", GROUPS[group]]
        for row in rows:
            lines.append(f"  {row.outcome.value:<14}  {row.promise.text}")
            lines.append(f"  {'':<14}    {row.evidence}")
    return "\n".join(lines)


def summary(results: Sequence[Result], seconds: float) -> str:
    """Pure."""
    counts = Counter(result.outcome for result in results)
    told = ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome)
    return f"{told}; {seconds:.0f} s"


def as_json(results: Sequence[Result]) -> str:
    """Pure."""
    return json.dumps(
        [
            {
                "promise": result.promise.name,
                "text": result.promise.text,
                "outcome": result.outcome.value,
                "evidence": result.evidence,
                "seconds": round(result.seconds, 2),
            }
            for result in results
        ],
        indent=2,
        ensure_ascii=False,
    )
