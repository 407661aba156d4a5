"""Times as people write them in a command line."""

import re

import typer

DURATION = re.compile(r"(\d+)([smhd]?)")
SECONDS_IN = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}


def seconds(text: str) -> int:
    """3600, 90m, 12h or 7d."""
    found = DURATION.fullmatch(text)
    if not found:
        raise typer.BadParameter("must be like 3600, 90m, 12h or 7d")
    return int(found[1]) * SECONDS_IN[found[2]]
