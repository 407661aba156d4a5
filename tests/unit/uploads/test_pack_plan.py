"""Proxied parts of any sizes, cut anew: no byte lost, moved or read twice."""

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain.pack_plan import Piece, Source, digest_of, plan_packing

names = [f"{number:026d}" for number in range(60)]
sources = st.lists(st.integers(1, 50), min_size=1, max_size=60).flatmap(
    lambda sizes: st.permutations(names[: len(sizes)]).map(
        lambda ulids: [Source(*pair) for pair in zip(ulids, sizes, strict=True)]
    )
)


def content_of(source: Source) -> list[tuple[str, int]]:
    """Every byte of a source, told apart from all others."""
    return [(source.ulid, position) for position in range(source.bytes)]


@given(sources, st.integers(1, 70))
def test_the_packed_parts_are_the_sources_bytes_in_their_order(
    given_sources: list[Source], part_bytes: int
) -> None:
    by_ulid = {source.ulid: content_of(source) for source in given_sources}
    packed = plan_packing(given_sources, part_bytes)
    cut = [
        [
            byte
            for piece in part.pieces
            for byte in by_ulid[piece.ulid][piece.start :][: piece.bytes]
        ]
        for part in packed
    ]
    assert list(chain(*cut)) == [byte for source in given_sources for byte in content_of(source)]
    assert [len(part) for part in cut] == [part.part.bytes for part in packed]
    assert [part.part.number for part in packed] == list(range(1, len(packed) + 1))
    assert all(len(part) == part_bytes for part in cut[:-1])


@given(sources, st.integers(1, 70))
def test_a_piece_knows_whether_it_is_all_of_its_source(
    given_sources: list[Source], part_bytes: int
) -> None:
    sizes = {source.ulid: source.bytes for source in given_sources}
    for packed in plan_packing(given_sources, part_bytes):
        for piece in packed.pieces:
            assert piece.bytes > 0
            assert piece.whole == (piece.start == 0 and piece.bytes == sizes[piece.ulid])


def test_parts_at_the_cut_and_one_byte_beside_it() -> None:
    packed = plan_packing([Source("a", 4), Source("b", 5), Source("c", 3)], 4)
    assert [part.pieces for part in packed] == [
        (Piece("a", 0, 4, whole=True),),
        (Piece("b", 0, 4, whole=False),),
        (Piece("b", 4, 1, whole=False), Piece("c", 0, 3, whole=True)),
    ]


@given(st.lists(st.sampled_from(names), unique=True, min_size=2))
def test_another_order_or_selection_has_another_digest(ulids: list[str]) -> None:
    assert digest_of(ulids) == digest_of(tuple(ulids))
    assert digest_of(ulids) != digest_of(ulids[::-1])
    assert digest_of(ulids) != digest_of(ulids[:-1])
