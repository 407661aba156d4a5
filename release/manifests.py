"""Writes the version into the clients' manifests: python -m release.manifests (make docs)."""

import re
from pathlib import Path

from lambdas.domain.version import VERSION

CLIENT = Path(__file__).resolve().parents[1] / "client"
MANIFESTS = {
    CLIENT / "pyproject.toml": r'(?m)^(version = ")[^"]*(")',
    CLIENT / "node" / "package.json": r'(?m)^(  "version": ")[^"]*(")',
}


def with_version(text: str, pattern: str, version: str) -> str:
    """`text` with its version replaced. Raises ValueError where it has none, or several. Pure."""
    changed, count = re.subn(pattern, rf"\g<1>{version}\g<2>", text)
    if count != 1:
        raise ValueError(f"the manifest has {count} versions: {pattern}")
    return changed


def main() -> None:
    for path, pattern in MANIFESTS.items():
        path.write_text(with_version(path.read_text(), pattern, VERSION))


if __name__ == "__main__":
    main()
