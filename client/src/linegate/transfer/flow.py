"""The steps that an upload or a download asks of whoever runs it. Pure.

A flow is a generator: it yields a step, and is sent what came of it.

| step       | is sent                    | may be thrown     |
|------------|----------------------------|-------------------|
| `Call`     | the `Answer`, whatever it is | `NoAnswer`      |
| `Sleep`    | None                       |                   |
| `Parallel` | what each flow returned, in their order | what a flow raised |
"""

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from .form import FileForm

if TYPE_CHECKING:
    from httpx import Response  # or httpx2, whose is the same

T = TypeVar("T")

PARALLEL = 6
"""Parts sent or fetched in parallel, unless the caller asks for another number."""


class Body(Protocol):
    """Bytes that can be iterated over more than once, and are never more or fewer than size."""

    size: int

    def __iter__(self) -> Iterator[bytes]: ...


class Counter(Protocol):
    """Is notified how many bytes of a body were sent, or of a response received."""

    def add(self, count: int) -> None: ...

    def begin_again(self) -> None:
        """None of what was counted counts."""


@dataclass(frozen=True)
class Call:
    """One HTTP request. Without `to_storage` it carries the caller's headers, its key among them.

    A request to the storage carries `headers` alone: its URL is its permission, and the key is not
    the storage's business.
    """

    method: str
    url: str
    fields: Mapping[str, Any] | None = None
    """Sent as a JSON object."""
    form: FileForm | None = None
    """Sent as multipart/form-data."""
    body: Body | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    to_storage: bool = False
    counter: Counter | None = None
    """For a form's content, or an answer's: a `body` counts for itself."""


@dataclass(frozen=True)
class Answer:
    """Headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @classmethod
    def of(cls, response: "Response") -> "Answer":
        """An HTTP library's response, which has been read."""
        headers = {name.lower(): value for name, value in response.headers.items()}
        return cls(response.status_code, headers, response.content)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> dict[str, Any]:
        """The object that it is, or an empty one where it is something else."""
        try:
            found = json.loads(self.content)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class NoAnswer(Exception):
    """The connection failed or took too long: `__cause__` is the HTTP library's own exception."""


@dataclass(frozen=True)
class Sleep:
    seconds: float


@dataclass(frozen=True)
class Parallel:
    flows: "Sequence[Flow[Any]]"


Step: TypeAlias = Call | Sleep | Parallel
Flow: TypeAlias = Generator[Step, Any, T]
