"""`linegate keys …` and its options, as Typer reads them from these signatures."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from .durations import seconds
from .ending import ended
from .keys_place import Place, with_place

if TYPE_CHECKING:
    from .operator.place import Table

keys = typer.Typer(
    help="For the operator: makes, lists and revokes API keys, with AWS credentials.",
    no_args_is_help=True,
)

DAY_S = 86_400
SHORTEST_S, LONGEST_S = 60, 3_650 * DAY_S

Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]


class RoleName(str, Enum):
    """The roles, for the command line to offer."""

    client = "client"
    worker = "worker"


def lifetime(text: str) -> int:
    """Seconds, within what makes sense for a key."""
    wanted = seconds(text)
    if not SHORTEST_S <= wanted <= LONGEST_S:
        raise typer.BadParameter("must be between 1m and 3650d")
    return wanted


@keys.command()
@with_place
@ended
def create(
    place: Place,
    account: Annotated[str, typer.Option(help="Whose files the key opens.")],
    name: Annotated[str, typer.Option(help="What people call the key.")],
    role: Annotated[
        RoleName, typer.Option(help="A worker may write results as well (purpose batch_output).")
    ] = RoleName.client,
    expires_in: Annotated[
        int | None,
        typer.Option(parser=lifetime, metavar="TIME", help="Like 90d; else it does not expire."),
    ] = None,
    json: Json = False,
) -> int:
    """Make a key and print it, this once. Keeps only a hash of its secret.

    KEY=$(linegate keys create --account acme --name laptop) takes the key and nothing else.
    """
    table = _table(place)
    from .operator import keys_command

    return keys_command.create(table, account, name, role.value, expires_in, json)


@keys.command("list")
@with_place
@ended
def list_keys(
    place: Place,
    account: Annotated[str | None, typer.Option(help="Only this one's.")] = None,
    json: Json = False,
) -> int:
    """List keys, expired and revoked ones too; without a terminal, with tabs between columns."""
    table = _table(place)
    from .operator import keys_command

    return keys_command.list_keys(table, account, json)


@keys.command()
@with_place
@ended
def revoke(
    place: Place,
    key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="As list shows it.")],
    json: Json = False,
) -> int:
    """Revoke a key, for good. It opens nothing from when the gateway has forgotten it: 60 s."""
    table = _table(place)
    from .operator import keys_command

    return keys_command.revoke(table, key_id, json)


def _table(place: Place) -> "Table":
    """Imported when it is used: boto3 is the operator's alone, and takes a while."""
    try:
        import botocore  # noqa: F401  # only whether it is there
    except ImportError as error:
        from .commands.failures import LocalFailure

        raise LocalFailure("This needs boto3: pip install 'linegate[operator]'") from error
    from .operator.place import keys_table

    return keys_table(place)
