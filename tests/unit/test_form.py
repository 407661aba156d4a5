"""The multipart form: whatever arrives, it is read exactly or refused clearly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain.errors import ApiError, InvalidMultipart
from lambdas.domain.form import MAX_FIELDS, parse_form
from tests.integration.service import Form

NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\%'), min_size=1
)


def escaped(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def status_of(content_type: str, body: bytes) -> int:
    """What a client would be answered; 200 for a form that was read."""
    try:
        parse_form(content_type, body)
    except ApiError as error:
        return error.status
    return 200


@given(content=st.binary(max_size=300), filename=NAMES.filter(lambda n: n[1:3] != ":\\"))
def test_any_bytes_and_any_name_come_through_unchanged(content: bytes, filename: str) -> None:
    form = Form().text("purpose", "batch").file(content, filename)
    if f"--{form.boundary}".encode() in content:
        return
    purpose, file = parse_form(form.content_type, form.body)
    assert (purpose.name, purpose.filename, purpose.text()) == ("purpose", None, "batch")
    assert (file.name, file.filename, file.content) == ("file", filename, content)


@pytest.mark.parametrize("name", ['a"b', "a\r\nb", "%", "%2", "100%.jsonl", "%25"])
def test_what_browsers_escape_in_a_name_is_read_back(name: str) -> None:
    form = Form().file(b"x", escaped(name))
    assert parse_form(form.content_type, form.body)[0].filename == name


def test_a_path_of_windows_keeps_only_its_last_part() -> None:
    form = Form().file(b"x", "C:\\Users\\me\\in.jsonl")
    assert parse_form(form.content_type, form.body)[0].filename == "in.jsonl"


@given(st.binary(max_size=400), st.text(max_size=80))
def test_any_other_body_is_read_or_refused_but_never_crashes(
    body: bytes, content_type: str
) -> None:
    for header in (content_type, Form().content_type):
        assert status_of(header, body) in (200, 400, 415)


@given(st.integers(min_value=0), st.integers(0, 255))
def test_a_damaged_body_is_read_or_refused_but_never_crashes(place: int, byte: int) -> None:
    form = Form().text("purpose", "batch").file(b'{"a": 1}\n')
    body = bytearray(form.body)
    body[place % len(body)] = byte
    assert status_of(form.content_type, bytes(body)) in (200, 400)


def test_the_number_of_fields_is_bounded() -> None:
    form = Form()
    for number in range(MAX_FIELDS):
        form.text(f"f{number}", "x")
    assert len(parse_form(form.content_type, form.body)) == MAX_FIELDS
    with pytest.raises(InvalidMultipart, match="more than"):
        parse_form(form.content_type, form.text("one", "more").body)


def test_a_form_shows_no_content_when_it_is_printed() -> None:
    form = Form().file(b"secret prompt")
    assert "secret" not in repr(parse_form(form.content_type, form.body))
