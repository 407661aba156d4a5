"""Bodies of `/uploads`: what is taken, and what each refusal names."""

from typing import Any

import pytest

from lambdas.domain.errors import (
    ApiError,
    InvalidValue,
    MissingParameter,
    PartTooLarge,
)
from lambdas.domain.form import FormField
from lambdas.domain.limits import Limits
from lambdas.domain.upload_requests import (
    MAX_PROXIED_PARTS,
    Completion,
    parse_completion,
    parse_json,
    parse_new_upload,
    parse_part,
)
from linegate.api_keys import Role

LIMITS = Limits()
ULIDS = ["01JD0000000000000000000001", "01JD0000000000000000000002"]
NEW = {"filename": "in.jsonl", "purpose": "batch", "bytes": 10, "mime_type": "application/jsonl"}


def new_upload(**fields: Any) -> Any:
    return parse_new_upload({**NEW, **fields}, Role.CLIENT, LIMITS)


def test_a_new_upload_as_the_sdk_sends_it() -> None:
    new = new_upload()
    assert (new.filename, new.purpose.name, new.bytes) == ("in.jsonl", "batch", 10)
    assert new.retention_s == LIMITS.retention_s


def test_optional_fields_may_be_null_and_unknown_ones_are_ignored() -> None:
    assert new_upload(mime_type=None, expires_after=None, note={}) == new_upload()


@pytest.mark.parametrize("name", ["filename", "purpose", "bytes"])
@pytest.mark.parametrize("absent", [True, False])
def test_a_required_field_that_is_absent_or_null_is_named(name: str, absent: bool) -> None:
    fields: dict[str, Any] = {**NEW, name: None}
    if absent:
        del fields[name]
    with pytest.raises(MissingParameter) as error:
        parse_new_upload(fields, Role.CLIENT, LIMITS)
    assert error.value.param == name


@pytest.mark.parametrize("size", [1, LIMITS.file_bytes])
def test_sizes_at_both_ends_are_taken(size: int) -> None:
    assert new_upload(bytes=size).bytes == size


@pytest.mark.parametrize(
    "size", [0, -1, LIMITS.file_bytes + 1, 10**30, 1.0, 10.5, "10", True, [10], {}]
)
def test_sizes_that_are_none_are_refused(size: Any) -> None:
    with pytest.raises(InvalidValue) as error:
        new_upload(bytes=size)
    assert error.value.param == "bytes"


def test_a_size_above_the_limit_is_told_the_limit() -> None:
    with pytest.raises(InvalidValue, match=str(LIMITS.file_bytes)):
        new_upload(bytes=LIMITS.file_bytes + 1)


@pytest.mark.parametrize("length", [1, 255])
def test_names_at_both_ends_are_taken(length: int) -> None:
    assert new_upload(filename="ü" * length).filename == "ü" * length


@pytest.mark.parametrize("name", ["", "x" * 256, 7, ["a"], "half \ud83d"])
def test_names_that_are_none_are_refused(name: Any) -> None:
    with pytest.raises(InvalidValue) as error:
        new_upload(filename=name)
    assert error.value.param == "filename"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"purpose": "fine-tune"}, "purpose"),
        ({"purpose": "batch_output"}, "purpose"),
        ({"purpose": 1}, "purpose"),
        ({"mime_type": 1}, "mime_type"),
        ({"expires_after": 3600}, "expires_after"),
        ({"expires_after": {"seconds": 3600}}, "expires_after[anchor]"),
        ({"expires_after": {"anchor": "created_at"}}, "expires_after[seconds]"),
        ({"expires_after": {"anchor": "now", "seconds": 3600}}, "expires_after[anchor]"),
        ({"expires_after": {"anchor": "created_at", "seconds": 3599}}, "expires_after[seconds]"),
        ({"expires_after": {"anchor": "created_at", "seconds": "3600"}}, "expires_after[seconds]"),
    ],
)
def test_other_fields_are_refused_by_name(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(ApiError) as error:
        new_upload(**fields)
    assert (error.value.status, error.value.param) == (400, param)


def test_an_expiry_is_taken_from_the_object() -> None:
    policy = {"anchor": "created_at", "seconds": 3_600}
    assert new_upload(expires_after=policy).retention_s == 3_600


@pytest.mark.parametrize("part_ids", [None, []])
def test_a_completion_without_part_ids_means_the_presigned_parts(part_ids: Any) -> None:
    assert parse_completion({"part_ids": part_ids}) == parse_completion({}) == Completion()


def test_a_completion_keeps_the_order_of_its_part_ids() -> None:
    part_ids = [f"part-{ulid}" for ulid in reversed(ULIDS)]
    assert parse_completion({"part_ids": part_ids}).part_ulids == tuple(reversed(ULIDS))


@pytest.mark.parametrize(
    ("part_ids", "named"),
    [
        ("part-" + ULIDS[0], "list"),
        ({}, "list"),
        (["file-" + ULIDS[0]], "file-" + ULIDS[0]),
        (["part-nonsense"], "part-nonsense"),
        (["part-" + ULIDS[0], 7], "7"),
        ([None], "null"),
        (["part-" + ULIDS[0], "part-" + ULIDS[1], "part-" + ULIDS[0]], "part-" + ULIDS[0]),
    ],
)
def test_part_ids_that_are_malformed_or_named_twice_are_shown(part_ids: Any, named: str) -> None:
    with pytest.raises(InvalidValue) as error:
        parse_completion({"part_ids": part_ids})
    assert error.value.param == "part_ids"
    assert named in error.value.message


def test_a_completion_names_at_most_ten_thousand_parts() -> None:
    part_ids = [f"part-{number:026d}" for number in range(MAX_PROXIED_PARTS + 1)]
    assert len(parse_completion({"part_ids": part_ids[:-1]}).part_ulids) == MAX_PROXIED_PARTS
    with pytest.raises(InvalidValue, match="10000"):
        parse_completion({"part_ids": part_ids})


@pytest.mark.parametrize(
    "md5",
    [
        "d41d8cd98f00b204e9800998ecf8427e",
        "D41D8CD98F00B204E9800998ECF8427E",
        "1B2M2Y8AsgTpgAmY7PhCfg==",
    ],
)
def test_an_md5_is_taken_in_hex_and_in_base64(md5: str) -> None:
    assert parse_completion({"md5": md5}).md5 == "d41d8cd98f00b204e9800998ecf8427e"


@pytest.mark.parametrize("md5", ["", "x", "d41d8cd98f00b204e9800998ecf8427", "z" * 32, 5, ["a"]])
def test_an_md5_of_another_shape_is_refused(md5: Any) -> None:
    with pytest.raises(InvalidValue) as error:
        parse_completion({"md5": md5})
    assert error.value.param == "md5"


def part(size: int, name: str = "data") -> list[FormField]:
    return [FormField(name, "blob", b"x" * size)]


@pytest.mark.parametrize("size", [1, LIMITS.direct_bytes])
def test_a_part_at_both_ends_is_taken(size: int) -> None:
    assert len(parse_part(part(size), LIMITS)) == size


def test_a_part_that_is_empty_or_missing_is_refused() -> None:
    with pytest.raises(InvalidValue, match="empty"):
        parse_part(part(0), LIMITS)
    with pytest.raises(MissingParameter):
        parse_part(part(1, name="file"), LIMITS)
    with pytest.raises(InvalidValue, match="once"):
        parse_part(part(1) + part(1), LIMITS)


def test_a_part_one_byte_above_the_limit_names_the_limit_and_part_size() -> None:
    with pytest.raises(PartTooLarge) as refused:
        parse_part(part(LIMITS.direct_bytes + 1), LIMITS)
    assert f"at most {LIMITS.direct_bytes} bytes" in refused.value.message
    assert f"{LIMITS.direct_bytes + 1} bytes" in refused.value.message
    assert f"part_size={LIMITS.direct_bytes}" in refused.value.message


def test_a_json_object_is_read() -> None:
    assert parse_json('{"a": "ü"}'.encode()) == {"a": "ü"}


def test_no_body_has_no_fields() -> None:
    assert parse_json(b"") == {}


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b"{",
        b'{"bytes": NaN}',
        b"{} {}",
        b"\xff",
        b"[" * 100_000,
        b'{"bytes": ' + b"9" * 5_000 + b"}",
    ],
)
def test_what_is_not_one_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidValue, match="JSON object"):
        parse_json(body)
