"""Presigned URLs do what they were signed for, and nothing else, for anybody who has them."""

import hashlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

from httpx import Response

from accept.checking import Check, shown
from accept.promises import Need, promise
from accept.service import Json, Service
from tests.contract.lines import batch, batch_of

MIB = 1 << 20
DOWNLOADED = 4 * MIB + 1_024
LONGEST_URL = 8_192
"""Of what servers and proxies take by default (nginx: 8 KB for a request line)."""


def with_query(url: str, **changes: str) -> str:
    target = urlsplit(url)
    query = dict(parse_qsl(target.query, strict_parsing=True))
    assert set(changes) <= set(query), "the URL has no such parameter"
    return urlunsplit(target._replace(query=urlencode(query | changes)))


def with_last_of_key(url: str) -> str:
    """Another object's URL: its key differs in the last character."""
    target = urlsplit(url)
    return urlunsplit(
        target._replace(path=target.path[:-1] + ("1" if target.path[-1] == "0" else "0"))
    )


def beside(url: str, name: str) -> str:
    """Bucket and key, as `x-amz-copy-source` has them, of an object in the folder of the URL's."""
    target = urlsplit(url)
    folder = target.path.rpartition("/")[0]
    if not folder.startswith("/files/"):  # the emulator's URLs have the bucket in the path
        return f"{folder}/{name}"
    return f"/{str(target.hostname).partition('.')[0]}{folder}/{name}"


def without_signature(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(query=""))


def expect_refusal(
    check: Check, what: str, answer: Response, statuses: Sequence[int] = (403,)
) -> None:
    if answer.status_code not in statuses:
        check.that(False, f"{what}: {answer.status_code} {shown(answer.text)}")
    check.that(True, "")


def still_empty(service: Service, check: Check, upload: Json) -> None:
    held = check.ok(service.send("GET", f"/uploads/{upload['id']}"))["multipart"]["uploaded"]
    check.equal("parts that S3 took", held, [])


@promise("a part URL that was altered is refused by S3")
def altered_part_url(service: Service, check: Check) -> str:
    content = batch(2)
    upload = check.ok(service.begin(len(content)))
    other = check.ok(service.begin(len(content)))
    url = upload["multipart"]["parts"][0]["url"]
    other_id = parse_qs(urlsplit(other["multipart"]["parts"][0]["url"]).query)["uploadId"][0]
    past = f"{datetime.now(UTC) - timedelta(hours=3):%Y%m%dT%H%M%SZ}"
    altered = {
        "another signature": with_query(url, **{"X-Amz-Signature": "0" * 64}),
        "a longer life": with_query(url, **{"X-Amz-Expires": "604800"}),
        "an expired date": with_query(url, **{"X-Amz-Date": past}),
        "fewer signed headers": with_query(url, **{"X-Amz-SignedHeaders": "host"}),
        "another part": with_query(url, partNumber="2"),
        "another upload": with_query(url, uploadId=other_id),
        "another key": with_last_of_key(url),
    }
    for what, changed in altered.items():
        expect_refusal(check, what, service.store("PUT", changed, content=content))
    for method in ("GET", "DELETE", "POST"):
        expect_refusal(check, method, service.store(method, url))
    still_empty(service, check, upload)
    check.equal("as signed", service.store("PUT", url, content=content).status_code, 200)
    return f"{len(altered)} alterations and 3 methods: 403 each; as signed: 200"


@promise("a part URL takes exactly the bytes that were announced")
def part_length(service: Service, check: Check) -> str:
    content = batch(2)
    upload = check.ok(service.begin(len(content)))
    url = upload["multipart"]["parts"][0]["url"]
    for body in (content[:-1], content + b"x", content * 2):
        what = f"{len(body)} bytes for {len(content)}"
        expect_refusal(check, what, service.store("PUT", url, content=body))
    pieces = iter([content])  # no Content-Length: chunked, of which S3 says 411 or 501
    expect_refusal(check, "no length", service.store("PUT", url, content=pieces), (403, 411, 501))
    still_empty(service, check, upload)
    check.equal("as announced", service.store("PUT", url, content=content).status_code, 200)
    return f"{len(content) - 1}, {len(content) + 1} and {2 * len(content)} bytes refused"


@promise("a part URL copies no other object: x-amz-copy-source is refused")
def copy_source(service: Service, check: Check) -> str:
    source = check.ok(service.create(batch(2)))
    content = batch(2)
    upload = check.ok(service.begin(len(content)))
    url = upload["multipart"]["parts"][0]["url"]
    headers = [("x-amz-copy-source", beside(url, source["id"].removeprefix("file-")))]
    answer = service.store("PUT", url, headers, content=content)
    expect_refusal(check, "with a body", answer, (400, 403))
    answer = service.store("PUT", url, headers)
    expect_refusal(check, "without a body", answer, (400, 403))
    still_empty(service, check, upload)
    check.equal("without it", service.store("PUT", url, content=content).status_code, 200)
    return f"{answer.status_code}: {shown(answer.text)}"


@promise("a part URL takes no x-amz-* header that was not signed")
def unsigned_headers(service: Service, check: Check) -> str:
    content = batch(2)
    upload = check.ok(service.begin(len(content)))
    url = upload["multipart"]["parts"][0]["url"]
    unsigned = {
        "x-amz-acl": "public-read",
        "x-amz-meta-owner": "somebody",
        "x-amz-server-side-encryption-customer-algorithm": "AES256",
        "x-amz-storage-class": "GLACIER",
        "x-amz-tagging": "a=b",
        "x-amz-website-redirect-location": "https://accept.invalid/",
    }
    for header in unsigned.items():
        answer = service.store("PUT", url, [header], content=content)
        expect_refusal(check, header[0], answer, (400, 403))
    still_empty(service, check, upload)
    check.equal("without them", service.store("PUT", url, content=content).status_code, 200)
    return f"{len(unsigned)} headers refused: {', '.join(unsigned)}"


def download_url(
    service: Service, check: Check, name: str = "a.jsonl", keep_as: str | None = None
) -> tuple[str, bytes, str]:
    """A file that is answered by a redirect: its URL, its bytes, its id.

    Under the name `keep_as` the end of the run does not remove it.
    """
    content = batch_of(DOWNLOADED)
    file = service.upload_file(content, name, keep_as)
    check.equal("status", file["status"], "processed")
    answer = service.send("GET", f"/files/{file['id']}/content")
    check.equal("status", answer.status_code, 302)
    return answer.headers["location"], content, file["id"]


@promise("content above 4 MiB is a 302 to S3 whose body says so, and the URL serves ranges")
def redirect(service: Service, check: Check) -> str:
    content = batch_of(DOWNLOADED)
    file = service.upload_file(content, "größe.jsonl")
    answer = service.send("GET", f"/files/{file['id']}/content")
    check.equal("status", answer.status_code, 302)
    location = answer.headers["location"]
    body = answer.json()
    check.equal("location", body["location"], location)
    check.contains("the body", body["message"], "curl -L")
    got = service.store("GET", location)
    check.that(got.content == content, f"other bytes came back: {len(got.content)}")
    check.equal("media type", got.headers.get("content-type"), "application/x-ndjson")
    check.contains("disposition", got.headers.get("content-disposition", ""), "gr%C3%B6%C3%9Fe")
    check.that(bool(got.headers.get("etag")), "no ETag")
    part = service.store("GET", location, [("Range", "bytes=1000-1999")])
    check.equal("a range", (part.status_code, part.content), (206, content[1000:2000]))
    return f"302, {len(content)} bytes; bytes=1000-1999: 206"


@promise("?redirect=false answers with location, expires_at, bytes and sha256, at any size")
def location(service: Service, check: Check) -> str:
    small, large = batch(2), batch_of(DOWNLOADED)
    files = [
        (check.ok(service.create(small)), small),
        (service.upload_file(large, "large.jsonl"), large),
    ]
    for file, content in files:
        path = f"/files/{file['id']}/content"
        found = check.ok(service.send("GET", path, params={"redirect": "false"}))
        check.equal("bytes", found["bytes"], len(content))
        check.equal("sha256", found["sha256"], hashlib.sha256(content).hexdigest())
        check.within("expires_at", found["expires_at"], time.time() - 300, file["expires_at"])
        check.that(service.store("GET", found["location"]).content == content, "other bytes")
    check.error(service.send("GET", path, params={"redirect": "no"}), 400, "invalid_value")
    return f"{len(small)} and {len(large)} bytes from their locations, by their hashes"


@promise("a download URL that was altered is refused, and it ends before its file does")
def altered_download_url(service: Service, check: Check) -> str:
    url, content, file_id = download_url(service, check)
    altered = {
        "another signature": with_query(url, **{"X-Amz-Signature": "0" * 64}),
        "a longer life": with_query(url, **{"X-Amz-Expires": "604800"}),
        "another key": with_last_of_key(url),
    }
    for what, changed in altered.items():
        expect_refusal(check, what, service.store("GET", changed))
    for method in ("PUT", "DELETE"):
        expect_refusal(check, method, service.store(method, url))
    check.that(service.store("GET", url).content == content, "as signed: other bytes")
    lifetime_s = int(parse_qs(urlsplit(url).query)["X-Amz-Expires"][0])
    file = check.ok(service.send("GET", f"/files/{file_id}"))
    most_s = file["expires_at"] - file["created_at"]
    check.within("the URL's lifetime in seconds", lifetime_s, 1, most_s)
    return f"{len(altered)} alterations, PUT and DELETE: 403 each; ends after {lifetime_s} s"


@promise("a long Unicode name makes no URL that proxies and log lines cannot carry")
def long_name(service: Service, check: Check) -> str:
    name = "😀" * (254 - len(service.run))
    url, _, file_id = download_url(service, check, name)
    check.within("characters of the URL", len(url), 1, LONGEST_URL)
    check.equal("GET", service.store("GET", url).status_code, 200)
    file = check.ok(service.send("GET", f"/files/{file_id}"))
    check.equal("filename", file["filename"], service.name(name))
    return f"{len(file['filename'])} characters of name, {len(url)} of URL"


@promise("S3 gives and takes nothing without a signature", Need.AWS)
def unsigned(service: Service, check: Check) -> str:
    content = batch(2)
    upload = check.ok(service.begin(len(content)))
    url = upload["multipart"]["parts"][0]["url"]
    download, _, _ = download_url(service, check)
    expect_refusal(check, "PUT", service.store("PUT", without_signature(url), content=content))
    expect_refusal(check, "GET", service.store("GET", without_signature(download)))
    root = urlunsplit(urlsplit(download)._replace(path="/", query=""))
    answer = service.store("GET", root)
    expect_refusal(check, "listing the bucket", answer)
    still_empty(service, check, upload)
    check.equal("as signed", service.store("PUT", url, content=content).status_code, 200)
    return f"PUT, GET and listing the bucket: {answer.status_code}"


@promise("S3 takes nothing over plain HTTP", Need.AWS)
def plain_http(service: Service, check: Check) -> str:
    content = batch(2)
    upload = check.ok(service.begin(len(content)))
    url = upload["multipart"]["parts"][0]["url"]
    answer = service.store("PUT", url.replace("https://", "http://", 1), content=content)
    expect_refusal(check, "PUT over HTTP", answer, (301, 307, 403))
    still_empty(service, check, upload)
    check.equal("over TLS", service.store("PUT", url, content=content).status_code, 200)
    return f"{answer.status_code}: {shown(answer.text)}"


@promise("what S3 holds is encrypted at rest", Need.AWS)
def encrypted(service: Service, check: Check) -> str:
    url, _, _ = download_url(service, check)
    headers = service.store("GET", url).headers
    method = headers.get("x-amz-server-side-encryption", "")
    check.one_of("x-amz-server-side-encryption", method, ("AES256", "aws:kms", "aws:kms:dsse"))
    key = headers.get("x-amz-server-side-encryption-aws-kms-key-id", "S3's own key")
    return f"{method}, {key}"


@promise(
    "with customer_key, what S3 holds is encrypted with a KMS key", Need.AWS, Need.CUSTOMER_KEY
)
def customer_key(service: Service, check: Check) -> str:
    url, _, _ = download_url(service, check)
    headers = service.store("GET", url).headers
    check.equal("method", headers.get("x-amz-server-side-encryption"), "aws:kms")
    key = headers.get("x-amz-server-side-encryption-aws-kms-key-id", "")
    check.contains("key", key, ":key/")
    return str(key)
