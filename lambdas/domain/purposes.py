"""What a file may be for: one row names its checker, its writers and its retention. Pure."""

from dataclasses import dataclass

from linegate.api_keys import Role


@dataclass(frozen=True, slots=True)
class Purpose:
    name: str
    checker: str
    """The `kind` that linegate.jsonl.check is called with."""
    writers: frozenset[Role]
    retention_s: int | None = None
    """None: the deployment's default (Limits.retention_s)."""


PURPOSES = {
    purpose.name: purpose
    for purpose in (
        Purpose("batch", checker="batch", writers=frozenset(Role)),
        Purpose("batch_output", checker="batch_output", writers=frozenset({Role.WORKER})),
    )
}
