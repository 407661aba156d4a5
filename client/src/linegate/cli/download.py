"""`linegate get`: a file's content, in parallel ranges, resumed, compared."""

import sys
from pathlib import Path
from urllib.parse import quote

import httpx

from ..transfer.download import DownloadFailed, Part, Parts, download
from ..transfer.flow import Answer
from ..transfer.objects import File
from .api_client import ApiClient, explain_refusal, to_json
from .errors import DONE, LocalFailure, ServiceFailure
from .terminal import format_size, printable, show_bar

STDOUT = "-"
REDIRECTS = (302, 303, 307)


def get(client: ApiClient, file_id: str, target: str | None, force: bool, json: bool) -> int:
    """Raises Failure."""
    file = client.file(file_id)
    if target == STDOUT:
        return stream(client, file)
    path = Path(target) if target else Path(local_name(file))
    if path.is_dir():
        path /= local_name(file)
    if path.exists() and not force:
        raise LocalFailure(f"{path} is there already. Name another with -o, or use --force.")
    try:
        compared = fetch(client, file, path)
    except OSError as error:
        raise LocalFailure(f"{path} cannot be written: {error.strerror or error}") from error
    if json:
        print(to_json({**file, "path": str(path), "verified": "md5" if compared else "size"}))
    else:
        how = "MD5 compared" if compared else "size compared"
        print(f"{printable(str(path))}: {format_size(file['bytes'])}, {how}")
    return DONE


def fetch(client: ApiClient, file: File, path: Path) -> bool:
    """Whether the bytes could be compared by their MD5. Raises Failure, OSError."""
    part = Part(path, Parts(file["id"], file["bytes"]))
    try:
        with show_bar() as shown:
            shown.phase(f"Downloading {path.name}", file["bytes"])
            shown.at(part.parts.done_bytes)
            try:
                client.run(download(_content_url(client, file), part, shown.at))
            except DownloadFailed as error:
                raise ServiceFailure(f"{path}: {error}") from error
        matches = part.parts.matches() if part.parts.etag else None
        if matches is False:
            part.discard()
            raise ServiceFailure(f"{path}: the bytes are not those that were stored. Try again.")
        part.finish(path)
    finally:
        part.close()
    return bool(matches)


def stream(client: ApiClient, file: File) -> int:
    """To standard output, in order; from where it came, without the key. Raises Failure."""
    written = 0
    try:
        with client.http.stream("GET", _content_url(client, file), headers=client.headers) as r:
            location = r.headers.get("location") if r.status_code in REDIRECTS else None
            if location is None:
                written = _copy(r, client)
        if location:
            with client.http.stream("GET", location) as r:
                written = _copy(r, client)
    except httpx.TransportError as error:
        raise client.explain_lost(error) from error
    if written != file["bytes"]:
        raise ServiceFailure(f"{written} bytes came of {file['bytes']}. Try again.")
    return DONE


def _copy(response: httpx.Response, client: ApiClient) -> int:
    if not response.is_success:
        response.read()
        raise explain_refusal(Answer.of(response), client.files_url)
    written = 0
    for chunk in response.iter_bytes():
        sys.stdout.buffer.write(chunk)
        written += len(chunk)
    sys.stdout.buffer.flush()
    return written


def local_name(file: File) -> str:
    """The file's own name, as far as it is one that belongs in this folder and is seen there."""
    name = str(file["filename"]).replace("\\", "/").rsplit("/", 1)[-1].lstrip(".")
    name = "".join(c for c in name if c.isprintable())
    return name or str(file["id"])


def _content_url(client: ApiClient, file: File) -> str:
    return f"{client.files_url}/{quote(file['id'], safe='')}/content"
