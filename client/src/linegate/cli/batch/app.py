"""`linegate batch …` and its options, as Typer reads them from these signatures."""

from typing import TYPE_CHECKING, Annotated

import typer

from ...transfer.flow import PARALLEL
from ..errors import end_with_status
from ..terminal import parse_duration

if TYPE_CHECKING:
    from ..api_client import ApiClient

EXIT_STATUS = """\b
Exit status, where it is not that of every command:
  1    the input is not valid, or a request has no answer
  2    the batch has not ended, or a local file cannot be used
"""

batch = typer.Typer(
    help="Have the requests of a file answered.",
    epilog=EXIT_STATUS,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

CHAT = "/v1/chat/completions"


def parse_pair(text: str) -> str:
    name, found, _ = text.partition("=")
    if not name or not found:
        raise typer.BadParameter("must be NAME=VALUE")
    return text


Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print ids only.")]
Force = Annotated[bool, typer.Option("--force", "-f", help="Replace what is there.")]
BatchId = Annotated[str, typer.Argument(metavar="BATCH_ID", help="batch-…, as ls shows it.")]
Window = Annotated[str | None, typer.Option(metavar="TIME", help="Completion window, such as 24h.")]
ExpiresAfter = Annotated[
    int | None,
    typer.Option(
        "--output-expires-after",
        parser=parse_duration,
        metavar="TIME",
        help="How long results are kept, like 12h or 7d.",
    ),
]
Metadata = Annotated[
    list[str] | None,
    typer.Option("--metadata", metavar="NAME=VALUE", parser=parse_pair, help="May be repeated."),
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        help="File or folder for the answers; - is standard output. The requests without an answer "
        "go to a file beside it, results.errors.jsonl for results.jsonl.",
    ),
]


@batch.command()
@end_with_status
def create(
    file_id: Annotated[str, typer.Argument(metavar="FILE_ID", help="file-…, as ls shows it.")],
    endpoint: Annotated[str, typer.Option(metavar="URL", help="The url of its lines.")] = CHAT,
    window: Window = None,
    output_expires_after: ExpiresAfter = None,
    metadata: Metadata = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Start a batch of a file that was uploaded.

    \b
    Example:
      linegate batch create file-01JDZW6V8F6Q2M3N4P5R6S7T8V
    """
    from . import commands

    options = commands.BatchOptions(endpoint, window, output_expires_after, pairs(metadata))
    return commands.create(_open_client(), file_id, options, json, quiet)


@batch.command("ls")
@end_with_status
def list_batches(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Maximum shown.")] = 20,
    every: Annotated[bool, typer.Option("--all", "-a", help="All batches.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """List batches, the newest first.

    Without a terminal: tabs between the columns, times in Unix seconds, requests as
    completed/total/failed.

    \b
    Example:
      linegate batch ls --all
    """
    from . import commands

    return commands.list_batches(_open_client(), None if every else limit, json, quiet)


@batch.command()
@end_with_status
def show(batch_id: BatchId, json: Json = False, quiet: Quiet = False) -> int:
    """Show a batch: how far it is, and its files.

    \b
    Example:
      linegate batch show batch-01JDZW6V8F6Q2M3N4P5R6S7T8V
    """
    from . import commands

    return commands.show(_open_client(), batch_id, json, quiet)


@batch.command()
@end_with_status
def cancel(batch_id: BatchId, json: Json = False, quiet: Quiet = False) -> int:
    """Send no more requests of a batch. What is answered is delivered.

    \b
    Example:
      linegate batch cancel batch-01JDZW6V8F6Q2M3N4P5R6S7T8V
    """
    from . import commands

    return commands.cancel(_open_client(), batch_id, json, quiet)


@batch.command()
@end_with_status
def get(
    batch_id: BatchId,
    output: Output = None,
    wait: Annotated[bool, typer.Option("--wait", "-w", help="Wait for its end.")] = False,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Download a batch's results.

    \b
    Examples:
      linegate batch get batch-01JDZW6V8F6Q2M3N4P5R6S7T8V -o results.jsonl
      linegate batch get batch-01JDZW6V8F6Q2M3N4P5R6S7T8V --wait -o - | jq .custom_id
    """
    from . import commands

    return commands.get(_open_client(), batch_id, output, wait, force, json, quiet)


@batch.command()
@end_with_status
def run(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSONL, one request a line.")],
    output: Output = None,
    endpoint: Annotated[
        str | None, typer.Option(metavar="URL", help="Without it, the url of the first line.")
    ] = None,
    window: Window = None,
    output_expires_after: ExpiresAfter = None,
    metadata: Metadata = None,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Upload a file, have its requests answered, download the results.

    \b
    Example:
      linegate batch run requests.jsonl -o results.jsonl
    """
    from . import commands

    options = commands.BatchOptions(endpoint, window, output_expires_after, pairs(metadata))
    return commands.run(_open_client(), file, options, output, force, json, quiet)


def pairs(texts: list[str] | None) -> dict[str, str] | None:
    """`NAME=VALUE`s as an object. Pure."""
    if not texts:
        return None
    found = [text.partition("=") for text in texts]
    return {name: value for name, _, value in found}


def _open_client() -> "ApiClient":
    from ..api_client import ApiClient
    from ..credentials import load_account

    return ApiClient(load_account(), PARALLEL)
