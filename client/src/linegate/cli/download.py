"""`linegate get`: a file's content, in parallel ranges, resumed, compared."""

import hashlib
import os
import sys
from pathlib import Path
from urllib.parse import quote

import httpx

from ..transfer.download import DownloadFailed, PartialFile, download
from ..transfer.flow import Answer
from ..transfer.objects import File
from ..transfer.progress import Progress, Tally
from ..transfer.upload import fingerprint
from .api_client import ApiClient, to_json
from .credentials import state_folder
from .errors import DONE, LocalFailure, ServiceFailure
from .terminal import format_size, printable, show_bar, write

STDOUT = "-"
REDIRECTS = (302, 303, 307)

OTHER_BYTES = "the SHA-256 is not that of the file that was stored"


def get(
    client: ApiClient, file_id: str, target: str | None, force: bool, json: bool, quiet: bool
) -> int:
    """Raises Failure."""
    file = client.file(file_id)
    if target == STDOUT:
        return stream(client, file)
    path = Path(target) if target else Path(local_name(file))
    if path.is_dir():
        path /= local_name(file)
    if os.path.lexists(path) and not force:
        raise LocalFailure(f"{path} exists already. Name another with -o, or use --force.")
    try:
        compared = fetch(client, file, path, quiet)
    except OSError as error:
        raise LocalFailure(f"{path} cannot be written: {error.strerror or error}") from error
    if quiet:
        print(file["id"])
    elif json:
        print(to_json({**file, "path": str(path), "verified": "sha256" if compared else "size"}))
    else:
        how = "SHA-256 verified" if compared else "size verified"
        write(f"{printable(str(path))}: {format_size(file['bytes'])}, {how}")
    return DONE


def fetch(client: ApiClient, file: File, path: Path, quiet: bool) -> bool:
    """Whether the bytes could be compared by their SHA-256. Raises Failure, OSError."""
    url = _content_url(client, file)
    key = fingerprint(file["id"], str(path.absolute()))
    part = PartialFile(path, file, state_folder() / "downloads" / f"{key}.json")
    try:
        with show_bar(not quiet) as bar:
            bar.phase(f"Downloading {path.name}", file["bytes"])

            def report(progress: Progress) -> None:
                bar.at(progress.sent_bytes, progress.held_bytes)

            try:
                client.run(download(url, part, Tally(path.name, file["bytes"], report)))
            except DownloadFailed as error:
                raise ServiceFailure(f"{path}: {error}") from error
            expected = file.get("sha256")
            if expected:
                bar.phase(f"Verifying {path.name}", None)
                if part.sha256() != expected:
                    part.remove()
                    raise ServiceFailure(f"{path}: {OTHER_BYTES}. It was removed; try again.")
        part.finish()
    finally:
        part.close()
    return bool(expected)


def stream(client: ApiClient, file: File) -> int:
    """To standard output, in order; from where it came, without the key. Raises Failure."""
    written, sha256 = 0, ""
    try:
        with client.http.stream("GET", _content_url(client, file), headers=client.headers) as r:
            location = r.headers.get("location") if r.status_code in REDIRECTS else None
            if location is None:
                written, sha256 = _copy(r, client)
        if location:
            with client.http.stream("GET", location) as r:
                written, sha256 = _copy(r, client)
    except httpx.TransportError as error:
        raise client.explain_lost(error) from error
    if written != file["bytes"]:
        raise ServiceFailure(f"{written} bytes came of {file['bytes']}. Try again.")
    if (file.get("sha256") or sha256) != sha256:
        raise ServiceFailure(f"{file['id']}: {OTHER_BYTES}. Discard what was written.")
    return DONE


def _copy(response: httpx.Response, client: ApiClient) -> tuple[int, str]:
    """How many bytes there were, and their SHA-256 in hex."""
    if not response.is_success:
        response.read()
        raise client.explain_refusal(Answer.of(response))
    written, digest = 0, hashlib.sha256()
    for chunk in response.iter_bytes():
        sys.stdout.buffer.write(chunk)
        digest.update(chunk)
        written += len(chunk)
    sys.stdout.buffer.flush()
    return written, digest.hexdigest()


def local_name(file: File) -> str:
    """The file's own name, as far as it is one that belongs in this folder and is seen there."""
    name = str(file["filename"]).replace("\\", "/").rsplit("/", 1)[-1].lstrip(".")
    name = "".join(c for c in name if c.isprintable())
    return name or str(file["id"])


def _content_url(client: ApiClient, file: File) -> str:
    return f"{client.files_url}/{quote(file['id'], safe='')}/content"
