"""What the service itself sends for clients that know nothing of presigned URLs."""

from io import BytesIO

from lambdas.domain.ids import new_ulid
from lambdas.domain.pack_plan import Piece, Source
from lambdas.domain.part_plan import MIN_PART_BYTES
from lambdas.stores import multipart_store, object_inventory, object_store, part_store
from tests.conformance.upload import Upload, new_record

CONTENT = b"0123456789"


def test_a_proxied_part_is_listed_read_in_pieces_and_deleted(upload: Upload) -> None:
    key, ulid = upload.record.key, new_ulid(0)
    part_store.put(key, ulid, CONTENT)
    assert part_store.list_stored(key).sources == {ulid: Source(ulid, len(CONTENT))}

    whole = bytearray(len(CONTENT))
    part_store.read_piece(key, Piece(ulid, 0, len(CONTENT), whole=True), memoryview(whole))
    assert whole == CONTENT
    piece = bytearray(3)
    part_store.read_piece(key, Piece(ulid, 4, 3, whole=False), memoryview(piece))
    assert piece == CONTENT[4:7]

    part_store.delete_all(key)
    assert part_store.list_stored(key).sources == {}
    part_store.delete_all(key)


def test_the_beginning_of_a_packed_part_is_replaced_read_and_deleted(upload: Upload) -> None:
    key, into = upload.record.key, bytearray(len(CONTENT))
    assert part_store.read_beginning(key, 1, "label", memoryview(into)) == 0
    for size in (2, 4):
        part_store.save_beginning(key, 1, "label", CONTENT[:size])
    assert part_store.list_stored(key) == ({}, {1})
    assert part_store.read_beginning(key, 1, "another label", memoryview(into)) == 0
    assert part_store.read_beginning(key, 1, "label", memoryview(into)) == 4
    assert into == CONTENT[:4] + bytes(len(CONTENT) - 4)
    part_store.delete_all(key)
    assert part_store.list_stored(key) == ({}, set())


def test_packed_parts_are_joined(upload: Upload) -> None:
    contents = [b"1" * MIN_PART_BYTES, b"2"]
    parts = [
        multipart_store.put_part(upload.record, number, BytesIO(content))
        for number, content in enumerate(contents, start=1)
    ]
    assert upload.held() == parts
    upload.join(*parts)
    assert upload.content() == b"".join(contents)


def test_a_file_that_came_whole_is_stored_and_deleted(upload: Upload) -> None:
    record = new_record()
    assert not object_store.exists(record)
    object_store.put(record, CONTENT)
    assert object_store.exists(record)
    assert object_store.get(record) == CONTENT
    for _ in range(2):
        assert object_inventory.delete_objects([record.object_key]) == []
        assert not object_store.exists(record)
