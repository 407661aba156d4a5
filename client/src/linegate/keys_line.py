"""`linegate keys …` and its options, as Typer reads them from these signatures."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from .durations import seconds
from .ending import ended

if TYPE_CHECKING:
    from .operator.place import Table

keys = typer.Typer(
    help="For the operator: makes, lists and revokes API keys, with AWS credentials.",
    no_args_is_help=True,
)

DAY_S = 86_400
SHORTEST_S, LONGEST_S = 60, 3_650 * DAY_S

_WHERE = "Where the stack is"

StackName = Annotated[
    str,
    typer.Option(
        envvar="LINEGATE_STACK", help="Its outputs name the keys table.", rich_help_panel=_WHERE
    ),
]
TableName = Annotated[
    str | None,
    typer.Option(
        "--table",
        help="The keys table, for who may not see the stack's outputs.",
        rich_help_panel=_WHERE,
    ),
]
Region = Annotated[str | None, typer.Option(rich_help_panel=_WHERE)]
Profile = Annotated[
    str | None,
    typer.Option(help="Of the AWS configuration.", rich_help_panel=_WHERE),
]
EndpointUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL", help="Of an AWS emulator; or AWS_ENDPOINT_URL.", rich_help_panel=_WHERE
    ),
]
Local = Annotated[
    bool,
    typer.Option("--local", help="The stack of make up, in this checkout.", rich_help_panel=_WHERE),
]
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
@ended
def create(
    account: Annotated[str, typer.Option(help="Whose files the key opens.")],
    name: Annotated[str, typer.Option(help="What people call the key.")],
    role: Annotated[
        RoleName, typer.Option(help="A worker may write results as well (purpose batch_output).")
    ] = RoleName.client,
    expires_in: Annotated[
        int | None,
        typer.Option(parser=lifetime, metavar="TIME", help="Like 90d; else it does not expire."),
    ] = None,
    stack_name: StackName = "Linegate",
    table: TableName = None,
    region: Region = None,
    profile: Profile = None,
    endpoint_url: EndpointUrl = None,
    local: Local = False,
    json: Json = False,
) -> int:
    """Make a key and print it, this once. Keeps only a hash of its secret.

    KEY=$(linegate keys create --account acme --name laptop) takes the key and nothing else.
    """
    where = _table(stack_name, table, region, profile, endpoint_url, local)
    from .operator import keys_command

    return keys_command.create(where, account, name, role.value, expires_in, json)


@keys.command("list")
@ended
def list_keys(
    account: Annotated[str | None, typer.Option(help="Only this one's.")] = None,
    stack_name: StackName = "Linegate",
    table: TableName = None,
    region: Region = None,
    profile: Profile = None,
    endpoint_url: EndpointUrl = None,
    local: Local = False,
    json: Json = False,
) -> int:
    """List keys, expired and revoked ones too; without a terminal, with tabs between columns."""
    where = _table(stack_name, table, region, profile, endpoint_url, local)
    from .operator import keys_command

    return keys_command.list_keys(where, account, json)


@keys.command()
@ended
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="As list shows it.")],
    stack_name: StackName = "Linegate",
    table: TableName = None,
    region: Region = None,
    profile: Profile = None,
    endpoint_url: EndpointUrl = None,
    local: Local = False,
    json: Json = False,
) -> int:
    """Revoke a key, for good. It opens nothing from when the gateway has forgotten it: 60 s."""
    where = _table(stack_name, table, region, profile, endpoint_url, local)
    from .operator import keys_command

    return keys_command.revoke(where, key_id, json)


def _table(
    stack_name: str,
    table: str | None,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    local: bool,
) -> "Table":
    """Imported when it is used: boto3 is the operator's alone, and takes a while."""
    try:
        import botocore  # noqa: F401  # only whether it is there
    except ImportError as error:
        from .commands.failures import LocalFailure

        raise LocalFailure("This needs boto3: pip install 'linegate[operator]'") from error
    from .operator.place import Place, keys_table

    return keys_table(Place(stack_name, table, region, profile, endpoint_url, local))
