"""The lines of a `batch_output` file: results, written by a batch engine.

They are strict JSON objects, and that is all: what is in them is the engine's affair.
"""

import msgspec

from .limits import CheckLimits
from .report import Tally


class AnyObject(msgspec.Struct, gc=False):
    """A JSON object; its members are checked without being built."""


_decode = msgspec.json.Decoder(AnyObject).decode


class Results:
    models: tuple[str, ...] = ()

    def __init__(self, limits: CheckLimits, tally: Tally) -> None:
        pass

    def accept(self, line: bytes, _number: int, /) -> bool:
        _decode(line)
        return True

    def examine(self, line: bytes, _number: int, /) -> None:
        _decode(line)
