"""The form of `POST /files`, before it is made into a body. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .source import Content

ANCHOR, SECONDS = "expires_after[anchor]", "expires_after[seconds]"


@dataclass(frozen=True)
class FileForm:
    """What is to be stored, and how."""

    filename: str
    content: Content
    data: Mapping[str, Any]
    """The form's other fields, as they came."""
    media: tuple[Any, ...] = ()
    """What may follow name and content: the content type, and headers."""

    @property
    def fields(self) -> dict[str, Any]:
        """As `POST /uploads` names them; what is absent is for the service to complain of."""
        fields = {"purpose": self.data["purpose"]} if "purpose" in self.data else {}
        policy: dict[str, Any] = {}
        if ANCHOR in self.data:
            policy["anchor"] = self.data[ANCHOR]
        if SECONDS in self.data:
            policy["seconds"] = _whole(self.data[SECONDS])
        return {**fields, "expires_after": policy} if policy else fields

    def files_with(self, content: bytes) -> dict[str, Any]:
        """What httpx takes as `files`, with that content."""
        return {"file": (self.filename, content, *self.media)}


def file_form(method: str, path: str, data: Any, files: Any) -> FileForm | None:
    """The form, if this is a request to store one file, as httpx's build_request is given it."""
    if method.upper() != "POST" or not path.rstrip("/").endswith("/files"):
        return None
    items = list(files.items()) if isinstance(files, Mapping) else list(files or ())
    if len(items) != 1 or items[0][0] != "file":
        return None
    file = items[0][1]
    if isinstance(file, Sequence) and not isinstance(file, str | bytes):
        return FileForm(file[0] or "upload", file[1], data or {}, tuple(file[2:]))
    return FileForm(Path(str(getattr(file, "name", "upload"))).name, file, data or {})


def _whole(value: Any) -> Any:
    """A form carries numbers as text, JSON as numbers. Anything else is left as it is."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return value
