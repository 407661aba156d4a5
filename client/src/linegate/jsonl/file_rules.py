"""The register of file-level rules: what is asked of a file as a whole, after its last line.

Rules about single lines, or about one line beside another, are a purpose's own (`requests.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from .limits import CheckLimits


@dataclass(frozen=True)
class WholeFile:
    """What is known of a file once its lines were checked."""

    purpose: str
    lines: int
    requests: int
    bytes: int
    models: tuple[str, ...]
    limits: CheckLimits
    md5_matches: bool
    """True also where no MD5 was given."""


@dataclass(frozen=True)
class FileRule:
    """One rule. Its error has no line and no param."""

    code: str
    is_broken: Callable[[WholeFile], bool]
    describe: Callable[[WholeFile], str]
    """The message: what is wrong with this file, and what to do."""
    cause: str
    remedy: str
    explains_others: bool = False
    """Whether it is listed before the errors of lines, because it may be why there are any."""


FILE_RULES = (
    FileRule(
        "empty_file",
        is_broken=lambda file: not file.requests,
        describe=lambda _: "The file has no requests in it. Write one JSON object on each line.",
        cause="The file is empty, or all of its lines are blank.",
        remedy="Write one JSON object on each line.",
    ),
    FileRule(
        "md5_mismatch",
        is_broken=lambda file: not file.md5_matches,
        describe=lambda _: (
            "The file's MD5 is not the one given: bytes were lost or changed. Upload it again."
        ),
        cause="The MD5 sent with `complete` is not that of the bytes that arrived.",
        remedy="Compute the MD5 of the file as it is now, and upload the file again.",
        explains_others=True,
    ),
)
