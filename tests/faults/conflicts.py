"""DynamoDB's conflicts in virtual time: who meets whom on an item, and who waits.

A transaction holds its items for 20 ms; whoever else writes one of them meanwhile is refused, with
TransactionCanceledException or TransactionConflictException. Single updates of one item wait for
each other, each for 2 ms: a partition takes up to 1,000 of them a second (DynamoDB Developer Guide,
"Transaction conflict handling" and "Best practices for partition keys").

Threads take turns: one runs at a time, until it sleeps or calls AWS, and then the one whose time
comes next. So a run is the same each time, takes no longer than its computing, and moto, which
answers the calls, sees one at a time.
"""

import heapq
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas import clients, deadline
from lambdas.stores import contention, removed_records

TRANSACTION_S = 0.020
UPDATE_S = 0.002
ROUND_TRIP_S = 0.004


class VirtualTime:
    """Runs functions as threads that take turns in virtual time."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: list[tuple[float, int, threading.Event]] = []
        self._count = 0
        self._done = threading.Event()
        self._failures: list[BaseException] = []

    def sleep(self, seconds: float) -> None:
        """Give the turn to whoever comes before that time."""
        turn = threading.Event()
        self._push(self.now + seconds, turn)
        self._next()
        turn.wait()

    def run(self, starts: list[tuple[float, Callable[[], None]]]) -> None:
        """Call each function at its time; return when all have ended. Raises what they raised."""
        for at, function in starts:
            turn = threading.Event()
            self._push(at, turn)
            threading.Thread(target=self._ended, args=(turn, function), daemon=True).start()
        self._next()
        assert self._done.wait(120), "the threads wait for each other"
        if self._failures:
            raise self._failures[0]

    def _ended(self, turn: threading.Event, function: Callable[[], None]) -> None:
        turn.wait()
        try:
            function()
        except BaseException as error:  # noqa: BLE001  # raised again by run
            self._failures.append(error)
        self._next()

    def _push(self, at: float, turn: threading.Event) -> None:
        self._count += 1
        heapq.heappush(self._waiting, (at, self._count, turn))

    def _next(self) -> None:
        if not self._waiting:
            self._done.set()
            return
        self.now, _, turn = heapq.heappop(self._waiting)
        turn.set()


class Conflicts:
    """What each item is held by. `refused` counts the calls that met a transaction."""

    def __init__(self, time: VirtualTime) -> None:
        self.time = time
        self.refused = 0
        self._held_until: dict[str, float] = {}
        self._free_at: dict[str, float] = {}

    def single(self, call: Callable[..., Any], item: Any, request: dict[str, Any]) -> Any:
        name = str(item)
        self.time.sleep(ROUND_TRIP_S / 2)
        if self._held_until.get(name, 0) > self.time.now:
            raise self._conflict("TransactionConflictException")
        begins = max(self._free_at.get(name, 0), self.time.now)
        self._free_at[name] = begins + UPDATE_S
        self.time.sleep(begins + UPDATE_S - self.time.now)
        answer = call(**request)
        self.time.sleep(ROUND_TRIP_S / 2)
        return answer

    def transaction(self, call: Callable[..., Any], request: dict[str, Any]) -> Any:
        self.time.sleep(ROUND_TRIP_S / 2)
        names = []
        for write in request["TransactItems"]:
            (one,) = write.values()
            item = one.get("Item", one.get("Key"))
            names.append(str({"PK": item["PK"], "SK": item["SK"]}))
        busy = [self._busy_until(name) > self.time.now for name in names]
        if any(busy):
            raise self._conflict("TransactionCanceledException", busy)
        self._held_until |= dict.fromkeys(names, self.time.now + TRANSACTION_S)
        self.time.sleep(TRANSACTION_S)
        answer = call(**request)
        self.time.sleep(ROUND_TRIP_S / 2)
        return answer

    def _busy_until(self, name: str) -> float:
        """A transaction is also refused by an update that is under way."""
        return max(self._held_until.get(name, 0), self._free_at.get(name, 0))

    def _conflict(self, code: str, busy: list[bool] | None = None) -> ClientError:
        self.refused += 1
        response: Any = {"Error": {"Code": code, "Message": ""}}
        if busy is not None:
            response["CancellationReasons"] = [
                {"Code": "TransactionConflict" if one else "None"} for one in busy
            ]
        return ClientError(response, "TransactWriteItems")


@contextmanager
def conflicts() -> Iterator[Conflicts]:
    """moto's DynamoDB and S3, inside `empty_stores`, in virtual time and with conflicts."""
    time = VirtualTime()
    model = Conflicts(time)
    with pytest.MonkeyPatch.context() as patch:
        for client in (clients.dynamodb(), clients.dynamodb_once()):
            _model(patch, client, model)
        for operation in ("put_object", "create_multipart_upload"):
            _delay(patch, clients.s3(), operation, time)
        patch.setattr(contention, "time", SimpleNamespace(sleep=time.sleep))
        patch.setattr(deadline, "monotonic", lambda: time.now)
        patch.setattr(removed_records, "monotonic", lambda: time.now)
        yield model


def _model(patch: pytest.MonkeyPatch, client: Any, model: Conflicts) -> None:
    put, update, delete = client.put_item, client.update_item, client.delete_item
    transact = client.transact_write_items

    def put_item(**request: Any) -> Any:
        item = request["Item"]
        return model.single(put, {"PK": item["PK"], "SK": item["SK"]}, request)

    patch.setattr(client, "put_item", put_item)
    patch.setattr(client, "update_item", lambda **r: model.single(update, r["Key"], r))
    patch.setattr(client, "delete_item", lambda **r: model.single(delete, r["Key"], r))
    patch.setattr(client, "transact_write_items", lambda **r: model.transaction(transact, r))


def _delay(patch: pytest.MonkeyPatch, client: Any, operation: str, time: VirtualTime) -> None:
    real = getattr(client, operation)

    def delayed(**request: Any) -> Any:
        time.sleep(0.020)
        return real(**request)

    patch.setattr(client, operation, delayed)
