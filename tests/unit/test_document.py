"""The OpenAPI document: complete, current, and valid."""

import json
from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from lambdas.domain.document import ROUTES, openapi
from lambdas.domain.routes import routes

KEPT = Path(__file__).parents[2] / "lambdas" / "openapi.json"


def test_it_describes_every_route_of_the_gateway_and_no_other() -> None:
    described = {(doc.method, doc.path, doc.public) for doc in ROUTES}
    assert described == {(r.method, r.path, r.public) for r in routes(with_batches=True)}


def test_it_is_valid_openapi() -> None:
    validate(json.loads(json.dumps(openapi())), cls=OpenAPIV31SpecValidator)


def test_the_kept_file_is_current() -> None:
    assert json.loads(KEPT.read_text()) == openapi(), "run: make docs"
