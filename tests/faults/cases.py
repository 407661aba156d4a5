"""One scenario, one call of it, one fault: what was seen and left, and that it ended right."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from openai import APIStatusError, OpenAI

from tests.faults.gateway import Gateway, stock_client
from tests.faults.injection import Fault, on_the_wire
from tests.faults.scenarios import Scenario
from tests.faults.world import World, sort_keys
from tests.integration.conftest import empty_again, empty_stores
from tests.integration.stored import objects


class Cell(NamedTuple):
    """`seen`: the statuses the client got, or what became of each delivery of an event.

    `left`: what is there beside what should be, until it expires.
    """

    seen: tuple[str, ...]
    left: str


@dataclass(frozen=True)
class Laboratory:
    """Where worlds are made one after the other: the client and the gateway stay."""

    client: OpenAI
    gateway: Gateway

    def new_world(self) -> World:
        empty_again()
        self.gateway.reset()
        return World(self.client, self.gateway)


@contextmanager
def laboratory() -> Iterator[Laboratory]:
    with empty_stores(), stock_client() as (client, gateway):
        yield Laboratory(client, gateway)


def calls_of(where: Laboratory, scenario: Scenario) -> list[str]:
    """The calls to AWS that the scenario makes where nothing fails, in their order."""
    world = where.new_world()
    prepared = scenario.prepare(world)
    world.look()
    with on_the_wire() as wire:
        result = scenario.act(world, prepared)
    scenario.verify(world, prepared, result)
    return wire.calls


def run(where: Laboratory, scenario: Scenario, number: int, fault: Fault) -> Cell:
    """Let call `number` meet the fault. Raises AssertionError where it does not end right."""
    world = where.new_world()
    prepared = scenario.prepare(world)
    world.look()
    world.gateway.statuses.clear()
    with on_the_wire(number, fault) as wire:
        result = _act(world, scenario, prepared)
    assert wire.met, "the fault met nothing"
    seen = _seen(world, scenario, result)
    _listed_files_are_whole(world)
    if _failed(scenario, result):
        result = scenario.act(world, prepared)
    left = _left(world, scenario)
    scenario.verify(world, prepared, result)
    _nothing_stays(world)
    return Cell(seen, left)


def _act(world: World, scenario: Scenario, prepared: Any) -> Any:
    try:
        return scenario.act(world, prepared)
    except APIStatusError as error:
        return error


def _failed(scenario: Scenario, result: Any) -> bool:
    if isinstance(result, APIStatusError):
        assert result.status_code >= 500, f"a passing fault was answered {result.status_code}"
        return True
    return not scenario.over_http and result[-1] != "done"


def _seen(world: World, scenario: Scenario, result: Any) -> tuple[str, ...]:
    if not scenario.over_http:
        return tuple(result)
    assert None not in world.gateway.retry_after, "a 503 without Retry-After"
    return tuple(map(str, world.gateway.statuses))


def _listed_files_are_whole(world: World) -> None:
    """At once, before anything is repeated or cleaned up."""
    for file_id, content in world.files().items():
        assert len(content) == world.client.files.retrieve(file_id).bytes


def _left(world: World, scenario: Scenario) -> str:
    """Files and pending records that no client asked for."""
    more, hidden = len(world.files()) - scenario.files, world.unlisted() - scenario.hidden
    parts = ((more, "file"), (hidden, "hidden"))
    return " ".join(f"+{count} {what}" for count, what in parts if count > 0)


def _nothing_stays(world: World) -> None:
    """Expiry, lifecycle rule and reconciler between them take everything."""
    world.let_time_pass()
    assert set(objects()) <= {"reconciler/progress.json"}
    assert not sort_keys() & {"FILE", "REPORT"}
