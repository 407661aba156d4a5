"""Where a file's bytes come from: read in any order, from several threads, in little memory."""

import hashlib
import io
import os
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from typing import IO, Any, Protocol, TypeAlias

CHUNK_BYTES = 64 << 10
"""What is read and sent at once. Progress moves by as much: on a slow link that has to be little,
and six parts share the link."""

Content: TypeAlias = IO[bytes] | bytes | str


class SourceChanged(OSError):
    """The file got shorter while it was being sent."""

    def __init__(self) -> None:
        super().__init__("the file was changed while it was being uploaded")


class Source(Protocol):
    size: int

    def read(self, offset: int, count: int) -> bytes:
        """Up to count bytes from there, in any thread."""

    def identity(self) -> str:
        """The same text for the same bytes: an upload goes on only with what it began with."""

    def close(self) -> None:
        """Let go of what this source opened itself."""


class FileSource:
    """A regular file that is open. Its position is neither used nor, but on Windows, moved."""

    def __init__(self, file: IO[bytes], *, own: bool = False) -> None:
        self._file = file
        self._own = own
        self._fd = file.fileno()
        self._lock = threading.Lock()
        self.size = os.fstat(self._fd).st_size

    def read(self, offset: int, count: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self._fd, count, offset)
        with self._lock:
            os.lseek(self._fd, offset, os.SEEK_SET)
            return os.read(self._fd, count)

    def identity(self) -> str:
        found = os.fstat(self._fd)
        return f"{found.st_dev}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}"

    def close(self) -> None:
        if self._own:
            self._file.close()


class MemorySource:
    def __init__(self, content: bytes | memoryview) -> None:
        self._content = memoryview(content)
        self.size = len(self._content)

    def read(self, offset: int, count: int) -> bytes:
        return bytes(self._content[offset : offset + count])

    def identity(self) -> str:
        return hashlib.sha256(self._content).hexdigest()

    def close(self) -> None:
        self._content.release()


def open_content(content: Content, memory_bytes: int) -> Source:
    """The whole content, as the SDKs send it: what can be rewound, from its start.

    What is neither in memory nor a file on disk (a pipe, a socket, a gzip file) is copied to a
    temporary file, unless it ends within memory_bytes. Blocks while it reads. Raises OSError.
    """
    if isinstance(content, str):
        content = content.encode()
    if isinstance(content, bytes):
        return MemorySource(content)
    if isinstance(content, io.BytesIO):
        return MemorySource(content.getbuffer())
    if is_file_on_disk(content):
        return FileSource(content)
    return copy_to_disk(content, memory_bytes)


def is_file_on_disk(file: Any) -> bool:
    """Whether file.fileno() has the very bytes that file.read() gives.

    A gzip file has a fileno() too, of the compressed bytes, and so do pipes.
    """
    opened = getattr(file, "file", file)  # what tempfile.NamedTemporaryFile wraps
    raw = getattr(opened, "raw", opened)
    if not isinstance(raw, io.FileIO) or isinstance(opened, io.BufferedWriter):
        return False
    return stat.S_ISREG(os.fstat(raw.fileno()).st_mode)


def is_replayable(content: Content) -> bool:
    """Whether it can be read from its start a second time."""
    if isinstance(content, str | bytes):
        return True
    seekable = getattr(content, "seekable", None)
    return bool(seekable and seekable())


def copy_to_disk(file: IO[bytes], memory_bytes: int) -> Source:
    if is_replayable(file):
        file.seek(0)
    start = read_up_to(file, memory_bytes + 1)
    if len(start) <= memory_bytes:
        return MemorySource(start)
    spool = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the source, or below
    try:
        spool.write(start)
        while chunk := file.read(CHUNK_BYTES):
            spool.write(chunk)
        spool.flush()
    except BaseException:
        spool.close()
        raise
    return FileSource(spool, own=True)


def read_up_to(file: IO[bytes], count: int) -> bytes:
    """A pipe gives what it has: ask until there is enough, or no more."""
    chunks = []
    while count > 0 and (chunk := file.read(min(count, CHUNK_BYTES))):
        chunks.append(chunk)
        count -= len(chunk)
    return b"".join(chunks)


class Piece:
    """Bytes offset..offset+size of a source: a `Body`, which can be sent again.

    `on_begin` is called whenever it is sent from its start, `on_bytes` with each chunk's size
    before the chunk goes out. Either may raise to stop it.
    """

    def __init__(
        self,
        source: Source,
        offset: int,
        size: int,
        on_bytes: Callable[[int], None],
        on_begin: Callable[[], None],
    ) -> None:
        self._source = source
        self._offset = offset
        self._on_bytes = on_bytes
        self._on_begin = on_begin
        self.size = size

    def __iter__(self) -> Iterator[bytes]:
        self._on_begin()
        for offset, count in self._chunks():
            chunk = self._read(offset, count)
            self._on_bytes(count)
            yield chunk

    def _chunks(self) -> Iterator[tuple[int, int]]:
        end = self._offset + self.size
        for offset in range(self._offset, end, CHUNK_BYTES):
            yield offset, min(CHUNK_BYTES, end - offset)

    def _read(self, offset: int, count: int) -> bytes:
        chunk = self._source.read(offset, count)
        if len(chunk) != count:
            raise SourceChanged
        return chunk
