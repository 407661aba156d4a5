"""Stop the process after one of its calls to AWS, as a killed Lambda stops, or let something
happen between two of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from lambdas import clients
from lambdas.workflows import packing
from tests.integration.service import Context


class Stopped(BaseException):
    """Not an Exception: nothing in the service may catch it, as nothing catches a kill."""


class OutOfTime(Context):
    """A function whose time is up after so many pieces were read."""

    def __init__(self, reads: int) -> None:
        super().__init__()
        self.reads = reads

    def get_remaining_time_in_millis(self) -> int:
        self.reads -= 1
        return packing.RESERVE_MS if self.reads >= 0 else packing.RESERVE_MS - 1


@contextmanager
def stopped_after(count: int) -> Iterator[None]:
    """Let `count` calls to AWS through; the process ends before it sees the last one's answer."""
    calls, lock = 0, Lock()

    def begin(**_: Any) -> None:
        nonlocal calls
        with lock:
            calls += 1
            if calls > count:
                raise Stopped

    def end(**_: Any) -> None:
        if calls >= count:
            raise Stopped

    with hooked({"before-call": begin, "after-call": end}):
        yield


@contextmanager
def just_before(operation: str, action: Callable[[], Any]) -> Iterator[None]:
    """Do something when an operation, such as `s3.ListParts`, is called for the first time.

    That is what another request, or S3, does in between two calls of this one.
    """
    with _once_at(f"before-call.{operation}", action):
        yield


@contextmanager
def just_after(operation: str, action: Callable[[], Any]) -> Iterator[None]:
    """The same, between an operation's effect and its answer."""
    with _once_at(f"after-call.{operation}", action):
        yield


@contextmanager
def _once_at(event: str, action: Callable[[], Any]) -> Iterator[None]:
    left = 1

    def interfere(**_: Any) -> None:
        nonlocal left
        if left:
            left -= 1
            action()

    with hooked({event: interfere}):
        yield
        assert left == 0, f"{event} never came"


@contextmanager
def answer_lost(operation: str) -> Iterator[None]:
    """Each call of an operation takes effect, but its first answer is lost: botocore repeats it."""
    lost = 0

    def repeat(attempts: int, **_: Any) -> int | None:
        nonlocal lost
        lost += attempts == 1
        return 0 if attempts == 1 else None

    with hooked({f"needs-retry.{operation}": repeat}):
        yield
        assert lost, f"{operation} was never called"


@contextmanager
def hooked(handlers: dict[str, Callable[..., Any]]) -> Iterator[None]:
    emitters = [
        client.meta.events for client in (clients.s3(), clients.dynamodb(), clients.dynamodb_once())
    ]
    for emitter in emitters:
        for event, handler in handlers.items():
            emitter.register(event, handler)
    try:
        yield
    finally:
        for emitter in emitters:
            for event, handler in handlers.items():
                emitter.unregister(event, handler)
