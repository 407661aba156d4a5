"""Lets hypothesis look for a body on which checker and reference disagree.

    python -m tests.unit.jsonl.fuzz [MINUTES]

Where the differential run makes what somebody thought of, this one starts from pieces of lines,
puts them together in any order, and shrinks what it finds. Exit status 1 if it finds something.
"""

import sys
from random import Random

from hypothesis import given, seed
from hypothesis import strategies as st

from linegate.jsonl import CheckLimits
from tests.unit.fuzzing import examples, fuzz
from tests.unit.jsonl.differential import Disagreement, compare
from tests.unit.jsonl.fragments import ALMOST_BLANK, BLANK, NOT_STRICT, NOT_UTF8, STRICT, URLS

BODIES_PER_ROUND = 2000

NAMES = ("custom_id", "method", "url", "body", "model", "stream", "messages", "")

pieces = st.one_of(
    st.sampled_from([b"{", b"}", b"[", b"]", b":", b",", b'"', b"\\", b"\n", b"\r\n", b"\r", b" "]),
    st.sampled_from([f'"{name}":'.encode() for name in NAMES]),
    st.sampled_from([b'"POST"', b'"a"', b'"b"', b'"m"', *(f'"{url}"'.encode() for url in URLS)]),
    st.sampled_from([value.encode() for value in STRICT + NOT_STRICT]),
    st.sampled_from([*NOT_UTF8, *BLANK, *ALMOST_BLANK]),
    st.binary(max_size=4),
)

values = st.recursive(
    st.sampled_from([*STRICT, '"POST"', '"a"', '"b"', '"m"', *(f'"{url}"' for url in URLS)]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: "[" + ",".join(parts) + "]"),
        st.lists(st.tuples(st.sampled_from(NAMES), inner), max_size=5).map(
            lambda parts: "{" + ",".join(f'"{name}":{value}' for name, value in parts) + "}"
        ),
    ),
    max_leaves=12,
)

bodies = st.one_of(
    st.lists(pieces, max_size=40).map(b"".join),
    st.lists(values.map(str.encode), max_size=6).map(b"\n".join),
    st.binary(max_size=60),
)

limits = st.builds(
    CheckLimits,
    line_bytes=st.sampled_from([20, 200, 10_000]),
    requests=st.sampled_from([1, 3, 50_000]),
    one_model_per_file=st.booleans(),
    kept_errors=st.sampled_from([1, 100]),
    depth=st.sampled_from([1, 3, 256]),
)


def one_round(number: int) -> None:
    """Compare some thousand bodies. Raises Disagreement with the smallest body found."""

    @seed(number)
    @examples(BODIES_PER_ROUND)
    @given(bodies, st.sampled_from(["batch", "batch_output"]), limits, st.integers(0, 1000))
    def agree(body: bytes, kind: str, limits: CheckLimits, reads: int) -> None:
        compare(body, kind, limits, Random(reads))

    agree()


if __name__ == "__main__":
    sys.exit(fuzz(one_round, Disagreement, BODIES_PER_ROUND, "bodies"))
