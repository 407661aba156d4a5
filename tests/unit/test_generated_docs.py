"""What `make docs` writes is what the code says now."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from docgen import errors_page
from docgen.pages import ROOT, generate_pages
from infra.gateway_responses import gateway_errors
from lambdas.domain import errors
from lambdas.domain.limits import Limits
from linegate import jsonl
from linegate.jsonl.codes import LINE_CODES

PAGES = generate_pages()


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_a_generated_page_is_up_to_date(path: Path) -> None:
    assert (ROOT / path).read_text() == PAGES[path], "run: make docs"


def test_every_code_of_the_functions_has_a_cause_and_a_remedy() -> None:
    described = {errors_page.code_of(error) for error in errors_page.answer_errors()}
    raised = {cls for cls in vars(errors).values() if isinstance(cls, type)}
    codes = {vars(cls)["code"] for cls in raised if "code" in vars(cls)}
    assert codes - {"code"} == described - {errors_page.code_of(errors.InvalidLines)}


def test_every_code_of_the_gateway_has_a_cause_and_a_remedy() -> None:
    described = {errors_page.code_of(error) for error in errors_page.answer_errors()}
    gateway = {error.code for error in gateway_errors(Limits()).values()}
    assert gateway - described == set(errors_page.GATEWAY_ONLY)


def test_every_code_of_a_line_has_a_cause_and_a_remedy() -> None:
    """Codes are literals where they are reported, so the sources name all of them."""
    folder = Path(jsonl.__file__).parent
    assert {code for path in folder.glob("*.py") for code in codes_in(path)} == set(LINE_CODES)


def codes_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("add", "add_first")
            and isinstance(node.args[0], ast.Constant)
        ):
            yield str(node.args[0].value)
