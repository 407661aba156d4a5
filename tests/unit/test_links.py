"""Every link between the pages leads to a file that exists and to a heading that it has."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docgen import api_pages
from docgen.from_openai import NOTES
from lambdas.domain.document import ROUTES

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]*)\)")
CODE = re.compile(r"```.*?```", re.DOTALL)
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


PATTERNS = ("*.md", "llms.txt", "docs/**/*.md", "client/*.md", "client/node/*.md")
PAGES = sorted(str(path.relative_to(ROOT)) for pattern in PATTERNS for path in ROOT.glob(pattern))


def anchors(text: str) -> Iterator[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    seen: dict[str, int] = {}
    for heading in HEADING.findall(CODE.sub("", text)):
        words = re.sub(r"[^\w\s-]", "", re.sub(r"\[(.*?)\]\(.*?\)", r"\1", heading).lower())
        anchor = words.strip().replace(" ", "-")
        count = seen.get(anchor, 0)
        seen[anchor] = count + 1
        yield f"{anchor}-{count}" if count else anchor


@pytest.mark.parametrize("page", PAGES)
def test_links_resolve(page: str) -> None:
    text = CODE.sub("", (ROOT / page).read_text())
    broken = []
    for link in LINK.findall(text):
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        if not target.exists() or (anchor and anchor not in set(anchors(target.read_text()))):
            broken.append(link)
    assert not broken


def test_every_page_of_the_docs_is_in_the_index() -> None:
    linked = set(LINK.findall((ROOT / "docs" / "index.md").read_text()))
    there = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").glob("*.md")}
    assert there - linked == {"index.md"}


def test_every_route_has_notes_and_no_notes_are_left_over() -> None:
    assert set(NOTES) == {f"{doc.method} {doc.path}" for doc in ROUTES}
    assert len({api_pages.slug(doc) for doc in ROUTES}) == len(ROUTES)


def test_a_headings_anchor_is_githubs() -> None:
    text = "# `GET /x`: *a* [b](c.md)\n\n## Same\n\n```\n# no\n```\n\n## Same\n"
    assert list(anchors(text)) == ["get-x-a-b", "same", "same-1"]
