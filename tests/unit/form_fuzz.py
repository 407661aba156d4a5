"""Lets hypothesis look for a form that breaks the multipart reader.

    python -m tests.unit.form_fuzz [MINUTES]

Bodies are put together from the pieces of forms in any order and cut or damaged anywhere. Whatever
comes, the reader answers with fields or with an error of the contract; and the fields of a body
that was made right are the ones that went in. Exit status 1 if it finds something else.
"""

import logging
import sys

from hypothesis import given, seed
from hypothesis import strategies as st

from lambdas.domain.errors import ApiError
from lambdas.domain.form import FormField, parse_form
from tests.unit.fuzzing import examples, fuzz

BODIES_PER_ROUND = 5_000
BOUNDARY = "b0"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"

BOUNDARIES = [b"--b0\r\n", b"\r\n--b0\r\n", b"\r\n--b0--\r\n", b"--b0--", b"--b0", b"--"]
LINE_ENDS = [b"\r\n", b"\r\n\r\n", b"\n", b"\r"]
MARKS = [b":", b";", b"=", b'"', b"\\", b"%22", b"\x00", b"\xff", b"x" * 9_000]
HEADERS = [
    b"Content-Disposition: form-data; name=",
    b'"file"; filename="x"',
    b"; filename=",
    b'"purpose"',
    b"Content-Type: text/plain",
    b"filename*=UTF-8''%e2",
]
pieces = st.sampled_from(BOUNDARIES + LINE_ENDS + MARKS + HEADERS) | st.binary(max_size=8)
damaged = st.lists(pieces, max_size=30).map(b"".join)
headers = st.one_of(
    st.just(CONTENT_TYPE),
    st.text(max_size=40),
    st.binary(max_size=40).map(
        lambda raw: f"multipart/form-data; boundary={raw.decode('latin-1')}"
    ),
)
names = st.text(st.characters(categories=["L", "N", "P"], exclude_characters='"\\%'), max_size=20)
contents = st.binary(max_size=200).filter(lambda content: b"--b0" not in content)
forms = st.lists(st.tuples(names, st.none() | names, contents), min_size=1, max_size=8)


class Broken(Exception):
    """The reader did something that is neither fields nor an error of the contract."""


def read(content_type: str, body: bytes) -> list[FormField] | None:
    """The fields; None where the form was refused as the contract says. Raises Broken."""
    try:
        return parse_form(content_type, body)
    except ApiError as error:
        if error.status not in (400, 415):
            raise Broken(f"{error.status} for {content_type!r} {body!r}") from error
        return None
    except Exception as error:
        raise Broken(f"{error!r} for {content_type!r} {body!r}") from error


def written(form: list[tuple[str, str | None, bytes]]) -> bytes:
    body = b""
    for name, filename, content in form:
        named = "" if filename is None else f'; filename="{filename}"'
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
        body += head.encode() + content + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


def one_round(number: int) -> None:
    """Some thousand bodies, half of them made right. Raises Broken with the smallest found."""
    half = examples(BODIES_PER_ROUND // 2)

    @seed(number)
    @half
    @given(headers, damaged)
    def refuses_or_reads(content_type: str, body: bytes) -> None:
        read(content_type, body)

    @seed(number)
    @half
    @given(forms)
    def reads_back(form: list[tuple[str, str | None, bytes]]) -> None:
        found = read(CONTENT_TYPE, written(form))
        if found is None or [(f.name, f.filename, f.content) for f in found] != form:
            raise Broken(f"{form!r} was read as {found!r}")

    refuses_or_reads()
    reads_back()


if __name__ == "__main__":
    logging.disable()  # the parser warns of every odd byte, and nearly all are
    sys.exit(fuzz(one_round, Broken, BODIES_PER_ROUND, "forms"))
