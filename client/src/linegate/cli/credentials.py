"""Which service, and with which key: from the environment, or as `linegate login` stored it."""

import json
import os
import sys
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from .errors import LocalFailure, NoAccess

BASE_URL, API_KEY = "LINEGATE_BASE_URL", "LINEGATE_API_KEY"
ONLY_THE_OWNER = 0o600


@dataclass(frozen=True)
class Account:
    base_url: str
    api_key: str = field(repr=False)
    key_from_environment: bool = False


def load_account() -> Account:
    """Each of the two from the environment first; a stored key only for the URL it was stored for.

    Raises NoAccess, LocalFailure.
    """
    stored = _load_stored()
    stored_url = stored.get("base_url", "")
    base_url = os.environ.get(BASE_URL) or stored_url
    api_key = os.environ.get(API_KEY) or stored.get("api_key", "")
    if not base_url or not api_key:
        missing = " and no ".join(
            name for name, value in (("base URL", base_url), ("API key", api_key)) if not value
        )
        raise NoAccess(f"There is no {missing}. Run: linegate login (or set {BASE_URL}, {API_KEY})")
    url = normalize_url(base_url)
    if not os.environ.get(API_KEY) and url != normalize_url(stored_url):
        raise NoAccess(
            f"The stored API key is for {stored_url}, and {BASE_URL} is {url}. "
            f"Set {API_KEY} as well, or run: linegate login --base-url {url}"
        )
    return Account(url, api_key, key_from_environment=bool(os.environ.get(API_KEY)))


def normalize_url(text: str) -> str:
    """Without a slash at its end. Raises LocalFailure for what is no http(s) URL."""
    url = text.strip().rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise LocalFailure(f"{text!r} is not a valid base URL. It looks like https://…/v1")
    return url


def is_exposed(base_url: str) -> bool:
    """Whether a key would go over a network in plain text."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if parts.scheme == "https" or host == "localhost" or host.endswith(".localhost"):
        return False
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return True


def store(stored: Account) -> Path:
    """Only the owner can read it, from the moment it is there. Raises LocalFailure."""
    path = credentials_path()
    content = json.dumps({"base_url": stored.base_url, "api_key": stored.api_key})
    draft = path.with_suffix(".new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        with os.fdopen(
            os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, ONLY_THE_OWNER), "w"
        ) as f:
            f.write(content)
        draft.replace(path)
    except OSError as error:
        raise LocalFailure(f"{path} cannot be written: {error.strerror}") from error
    return path


def forget() -> bool:
    """Remove what is stored; whether there was anything."""
    path = credentials_path()
    there = path.exists()
    path.unlink(missing_ok=True)
    return there


def credentials_path() -> Path:
    return _folder("XDG_CONFIG_HOME", ".config") / "credentials.json"


def state_folder() -> Path:
    """Where begun uploads and downloads are remembered."""
    return _folder("XDG_STATE_HOME", ".local/state")


def _folder(variable: str, usual: str) -> Path:
    named = os.environ.get(variable)
    if named:
        return Path(named) / "linegate"
    if sys.platform == "win32":
        return Path(os.environ["LOCALAPPDATA"]) / "linegate"
    return Path.home() / usual / "linegate"


def _load_stored() -> dict[str, str]:
    path = credentials_path()
    try:
        stored: dict[str, str] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise LocalFailure(f"{path} cannot be read ({error}). Run: linegate login") from error
    return stored
