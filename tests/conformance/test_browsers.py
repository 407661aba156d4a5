"""A browser on an allowed origin may send parts, read their ETags and download; no other may."""

import shutil
from collections.abc import Mapping

import pytest

from lambdas import clients
from tests.conformance.raw_http import send
from tests.conformance.server import Server
from tests.conformance.upload import BUCKET, Upload
from tests.infrastructure.template import synthesize

ORIGIN = "https://console.example"
CONTENT = b"x"

S3_NAMES = {"ExposedHeaders": "ExposeHeaders", "MaxAge": "MaxAgeSeconds"}
"""CloudFormation's names that are not the S3 API's."""


@pytest.fixture(scope="module", autouse=True)
def rules(server: Server) -> None:
    """The template's, for one allowed origin. The console's is known only once it is deployed."""
    template = synthesize(allowed_origins=ORIGIN, console="false")
    shutil.rmtree(template.file.parent)
    _, bucket = template.only("AWS::S3::Bucket")
    cors = bucket["Properties"]["CorsConfiguration"]["CorsRules"]
    as_s3 = [{S3_NAMES.get(name, name): value for name, value in rule.items()} for rule in cors]
    clients.s3().put_bucket_cors(
        Bucket=BUCKET,
        CORSConfiguration={"CORSRules": as_s3},  # type: ignore[typeddict-item]  # renamed above
    )


@pytest.mark.parametrize("method", ["PUT", "GET"])
def test_an_allowed_origin_may_ask_and_read(upload: Upload, method: str) -> None:
    asked = preflight(upload, ORIGIN, method)
    assert asked["access-control-allow-origin"] == ORIGIN
    assert method in asked["access-control-allow-methods"]


def test_an_allowed_origin_reads_the_etag_of_its_part(upload: Upload) -> None:
    url = upload.url(1, len(CONTENT))
    sent = send("PUT", url, {"Origin": ORIGIN, "Content-Length": str(len(CONTENT))}, [CONTENT])
    assert sent.status == 200
    assert sent.headers["access-control-allow-origin"] == ORIGIN
    assert "etag" in sent.headers["access-control-expose-headers"].lower()


@pytest.mark.parametrize(
    ("origin", "method"), [("https://other.example", "PUT"), (ORIGIN, "DELETE")]
)
def test_nobody_else_may_and_nothing_else(upload: Upload, origin: str, method: str) -> None:
    assert "access-control-allow-origin" not in preflight(upload, origin, method)


def preflight(upload: Upload, origin: str, method: str) -> Mapping[str, str]:
    """What the browser asks before it sends: the headers of the answer."""
    asking = {"Origin": origin, "Access-Control-Request-Method": method}
    return send("OPTIONS", upload.url(1, len(CONTENT)), asking).headers
