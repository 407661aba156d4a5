"""How an upload is cut into the parts of an S3 multipart upload. Pure.

Limits: Amazon S3 User Guide, "Amazon S3 multipart upload limits".
"""

from typing import NamedTuple

from lambdas.domain.limits import GIB, MAX_OBJECT_BYTES, MIB

MIN_PART_BYTES = 5 * MIB
"""Every part but the last."""

MAX_PART_BYTES = 5 * GIB
MAX_PARTS = 10_000

PART_BYTES = 8 * MIB
"""What parts have unless there would be too many: enough of them for parallel connections, and
little to send again when one breaks."""

PRESIGNED_PARTS = 1_000
"""One page of ListParts; and the answer with their URLs stays far below the 6 MB of a Lambda."""


class FileTooLarge(ValueError):
    """More bytes than S3 can join, or none at all: no plan exists."""


class Part(NamedTuple):
    """One part, numbered from 1."""

    number: int
    bytes: int


def part_bytes_for(total_bytes: int, most_parts: int = PRESIGNED_PARTS) -> int:
    """The size of all parts but the last, in whole MiB.

    There are more than most_parts only where they would pass 5 GiB each: above 4.88 TiB, and then
    at most 1,024. Raises FileTooLarge.
    """
    if not 1 <= total_bytes <= MAX_OBJECT_BYTES:
        raise FileTooLarge(f"{total_bytes} bytes are not within 1..{MAX_OBJECT_BYTES}")
    needed_mib = -(-total_bytes // (most_parts * MIB))
    return min(max(PART_BYTES, needed_mib * MIB), MAX_PART_BYTES)


def plan_parts(total_bytes: int, part_bytes: int) -> list[Part]:
    """Split total_bytes into parts numbered from 1, all but the last of part_bytes."""
    count = -(-total_bytes // part_bytes)
    last = total_bytes - (count - 1) * part_bytes
    return [*(Part(number, part_bytes) for number in range(1, count)), Part(count, last)]
