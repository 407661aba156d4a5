"""The relay's form reader and header rules."""

import pytest

from linegate.relay.answers import forwardable, is_loopback
from linegate.relay.form import BadForm, FormReader

FILE = b'Content-Disposition: form-data; name="file"; filename="\xc3\xa4 %22.jsonl"\r\n\r\n{}'
PURPOSE = b'Content-Disposition: form-data; name="purpose"\r\n\r\nbatch'
BODY = b"--x\r\n" + FILE + b"\r\n--x\r\n" + PURPOSE + b"\r\n--x--\r\n"


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_a_form_is_read_the_same_in_pieces_of_any_size(size: int) -> None:
    reader = FormReader("multipart/form-data; boundary=x")
    for start in range(0, len(BODY), size):
        reader.feed(BODY[start : start + size])
    reader.finish()
    reader.file.seek(0)
    assert reader.file.read() == b"{}"
    assert (reader.filename, reader.fields) == ('ä ".jsonl', {"purpose": "batch"})
    reader.close()


def test_a_form_without_its_last_boundary_is_refused() -> None:
    reader = FormReader("multipart/form-data; boundary=x")
    reader.feed(BODY[:-8])
    with pytest.raises(BadForm, match="last boundary"):
        reader.finish()
    reader.close()


def test_fields_are_held_to_64_kib() -> None:
    reader = FormReader("multipart/form-data; boundary=x")
    reader.feed(b"--x\r\n" + PURPOSE)
    with pytest.raises(BadForm, match="65536"):
        reader.feed(b"y" * (64 << 10))
    reader.close()


def test_headers_of_one_connection_end_at_the_relay() -> None:
    sent = [(b"Connection", b"close, X-Own"), (b"X-Own", b"1"), (b"TE", b"a"), (b"X-Kept", b"2")]
    assert forwardable(sent, b"host") == [(b"x-kept", b"2")]


@pytest.mark.parametrize("host", ["127.0.0.1:8790", "localhost", "[::1]:1", "127.0.0.1"])
def test_a_host_of_this_machine_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[", "10.0.0.1"])
def test_any_other_host_is_not(host: str) -> None:
    assert not is_loopback(host)
