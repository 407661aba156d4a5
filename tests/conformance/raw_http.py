"""HTTP as it goes over the wire: no header, redirect or retry that a test did not write."""

import contextlib
import http.client
import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

TIMEOUT_S = 10


@dataclass(frozen=True)
class Answer:
    """What a server said; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """S3's name of an error; empty where the body names none."""
        found = re.search(rb"<Code>(\w+)</Code>", self.body)
        return found[1].decode() if found else ""

    @property
    def verdict(self) -> tuple[int, str]:
        """Status and code: what a test expects of a refusal."""
        return self.status, self.code


def put(url: str, content: bytes) -> Answer:
    """A part as every client sends it."""
    return put_with(url, {}, content)


def put_with(url: str, headers: Mapping[str, str], content: bytes) -> Answer:
    """A part with headers of the caller's own besides its length."""
    return send("PUT", url, {"Content-Length": str(len(content)), **headers}, [content])


def get(url: str, headers: Mapping[str, str] | None = None) -> Answer:
    return send("GET", url, headers or {})


def send(method: str, url: str, headers: Mapping[str, str], body: Iterable[bytes] = ()) -> Answer:
    """Send exactly these headers, `Host` besides, and these bytes."""
    target = urlsplit(url)
    connection = http.client.HTTPConnection(target.netloc, timeout=TIMEOUT_S)
    try:
        connection.putrequest(method, _request_target(target), skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        for piece in body:
            connection.send(piece)
        answer = connection.getresponse()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, names, answer.read())
    finally:
        connection.close()


def chunks(content: bytes) -> list[bytes]:
    """A body without a length: `Transfer-Encoding: chunked` (RFC 9112, 7.1)."""
    return [b"%x\r\n%b\r\n" % (len(content), content), b"0\r\n\r\n"]


def put_and_hang_up(url: str, headers: Mapping[str, str], content: bytes) -> bytes:
    """Send exactly these bytes, whatever the headers announce, and end our half of the connection.

    What the server said before it ended its own, if anything.
    """
    target = urlsplit(url)
    lines = [f"{name}: {value}" for name, value in {"Host": target.netloc, **headers}.items()]
    head = "\r\n".join([f"PUT {_request_target(target)} HTTP/1.1", *lines, "Connection: close"])
    said = b""
    with socket.create_connection((target.hostname, target.port), TIMEOUT_S) as connection:
        connection.sendall(head.encode() + b"\r\n\r\n" + content)
        connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):  # it did not read all of ours
            while received := connection.recv(65_536):
                said += received
    return said


def with_query(url: str, name: str, value: str) -> str:
    """The URL with another value. Raises KeyError where it has no such name."""
    target = urlsplit(url)
    query = dict(parse_qsl(target.query, strict_parsing=True))
    if name not in query:
        raise KeyError(name)
    return urlunsplit(target._replace(query=urlencode(query | {name: value})))


def without_signature(url: str) -> str:
    """The same request by nobody: what the signature added to the query is gone."""
    target = urlsplit(url)
    query = [(k, v) for k, v in parse_qsl(target.query) if not k.startswith("X-Amz-")]
    return urlunsplit(target._replace(query=urlencode(query)))


def without_query(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(query=""))


def with_another_key(url: str) -> str:
    """The URL of an object whose key differs in the last character."""
    target = urlsplit(url)
    last = "1" if target.path.endswith("0") else "0"
    return urlunsplit(target._replace(path=target.path[:-1] + last))


def _request_target(url: SplitResult) -> str:
    return f"{url.path}?{url.query}" if url.query else url.path
