"""`linegate keys …` and its options, as Typer reads them from these signatures."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import LocalFailure, end_with_status
from ..terminal import parse_duration
from .options import StackOptions, add_stack_options

if TYPE_CHECKING:
    from .stack import Table

HELP = """Create, list and revoke API keys.

For the operator, with AWS credentials.

\b
Example:
  linegate keys create --account acme --name laptop
"""

keys = typer.Typer(
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

DAY_S = 86_400
SHORTEST_S, LONGEST_S = 60, 3_650 * DAY_S

Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print key ids only.")]


class RoleName(str, Enum):
    """The roles, for the command line to offer."""

    client = "client"
    worker = "worker"


def parse_lifetime(text: str) -> int:
    """Seconds, within what makes sense for a key."""
    wanted = parse_duration(text)
    if not SHORTEST_S <= wanted <= LONGEST_S:
        raise typer.BadParameter("must be between 1m and 3650d")
    return wanted


@keys.command()
@add_stack_options
@end_with_status
def create(
    stack: StackOptions,
    account: Annotated[str, typer.Option(metavar="NAME", help="Account the key belongs to.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="Name of the key, for people.")],
    role: Annotated[
        RoleName, typer.Option(help="A worker may also create result files (purpose batch_output).")
    ] = RoleName.client,
    expires_in: Annotated[
        int | None,
        typer.Option(
            parser=parse_lifetime,
            metavar="TIME",
            help="Lifetime, such as 90d; default: the key does not expire.",
        ),
    ] = None,
    json: Json = False,
) -> int:
    """Create a key.

    The key is printed once: only a hash of its secret is stored.

    \b
    Examples:
      linegate keys create --account acme --name laptop
      KEY=$(linegate keys create --account acme \\
            --name ci --expires-in 90d)
    """
    table = _find_table(stack)
    from . import commands

    return commands.create(table, account, name, role.value, expires_in, json)


@keys.command("list")
@add_stack_options
@end_with_status
def list_keys(
    stack: StackOptions,
    account: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only keys of this account.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """List keys, including expired and revoked ones.

    Without a terminal: tabs between the columns, times in Unix seconds.

    \b
    Example:
      linegate keys list --account acme
    """
    table = _find_table(stack)
    from . import commands

    return commands.list_keys(table, account, json, quiet)


@keys.command()
@add_stack_options
@end_with_status
def revoke(
    stack: StackOptions,
    key_id: Annotated[
        str, typer.Argument(metavar="KEY_ID", help="Id of the key, from linegate keys list.")
    ],
    json: Json = False,
) -> int:
    """Revoke a key permanently.

    It is rejected from then on, at the latest after 60 seconds, while the gateway remembers it.

    \b
    Example:
      linegate keys revoke k3mz81u0qpa7x2vd
    """
    table = _find_table(stack)
    from . import commands

    return commands.revoke(table, key_id, json)


def _find_table(stack: StackOptions) -> "Table":
    """Imported when it is used: boto3 is the operator's alone, and takes a while."""
    try:
        import botocore  # noqa: F401  # only whether it is there
    except ImportError as error:
        raise LocalFailure("This needs boto3: pip install 'linegate[operator]'") from error

    from .stack import find_table

    return find_table(stack)
