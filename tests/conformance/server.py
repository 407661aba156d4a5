"""The S3 servers that the service is tried on, and where they are known to differ from S3."""

from dataclasses import dataclass
from enum import Enum

from local.emulator import aws_environment, endpoint_url


class Absent(Exception):
    """The server cannot be had on this machine; the message is one line that says why."""


class Difference(Enum):
    """What Amazon S3 does and a server under test does not. Each is asserted as it is seen.

    A server that mends its ways makes a test fail, so that this list stays true.
    """

    SMALL_PARTS = "joins parts below 5 MiB that are not the last (S3: EntityTooSmall)"
    PART_ORDER = "sorts a list of parts that does not ascend (S3: InvalidPartOrder)"
    REPEATED_PART_ONCE = "joins a part that is listed twice once (S3: InvalidPartOrder)"
    REPEATED_PART_TWICE = "joins a part that is listed twice twice (S3: InvalidPartOrder)"
    UNLISTED_PART = "refuses a list without all parts (S3 leaves the others out)"
    EMPTY_LIST = "makes an empty object of an empty list (S3: MalformedXML)"
    ENDED_JOIN = "answers 500 when an aborted upload is joined (S3: NoSuchUpload)"
    ENDED_LIST = "answers NoSuchKey when an ended upload is listed (S3: NoSuchUpload)"
    UNSIGNED_HEADERS = "takes x-amz-* headers that a URL has not signed (S3: AccessDenied)"


@dataclass(frozen=True)
class Server:
    """An S3 server on loopback, with the credentials of the one who owns the buckets."""

    name: str
    port: int
    access_key: str
    secret_key: str
    differences: frozenset[Difference]

    @property
    def endpoint_url(self) -> str:
        return endpoint_url(self.port)

    def environment(self) -> dict[str, str]:
        """What points the service's own clients at this server."""
        return aws_environment(self.port) | {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
        }
