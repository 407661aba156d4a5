"""The commands and their options, as Typer reads them from these signatures."""

from typing import TYPE_CHECKING, Annotated

import typer

from .durations import seconds
from .ending import ended
from .keys_line import keys
from .transfer.running import PARALLEL

if TYPE_CHECKING:
    from .commands.service import Service

EXIT_STATUS = (
    "Exit status: 0 done; 1 a file is not valid; 2 wrong usage, or a local file cannot be read or "
    "written; 3 no API key, or one that is not taken; 4 no such file; 5 the service cannot be "
    "reached or refuses; 130 interrupted."
)

app = typer.Typer(
    help="Sends batch files of any size to Linegate, and looks after them.",
    epilog=EXIT_STATUS,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(keys, name="keys")

Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
FileId = Annotated[str, typer.Argument(metavar="FILE_ID", help="file-…, as ls shows it.")]
Purpose = Annotated[str, typer.Option(help="What the file is for.")]
Parallel = Annotated[
    int, typer.Option("--parallel", "-p", min=1, max=32, help="Parts on their way at once.")
]


@app.command()
@ended
def upload(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help="Files or patterns; - is standard input.")
    ],
    purpose: Purpose = "batch",
    check: Annotated[bool, typer.Option(help="Check the lines here first.")] = True,
    wait: Annotated[bool, typer.Option(help="Wait until the service has checked them.")] = True,
    expires_after: Annotated[
        int | None,
        typer.Option(parser=seconds, metavar="TIME", help="Like 12h or 7d; else the service's."),
    ] = None,
    name: Annotated[
        str | None,  # ditto
        typer.Option(help="What the file is to be called; for one FILE."),
    ] = None,
    parallel: Parallel = PARALLEL,
    json: Json = False,
) -> int:
    """Check files, upload them, and wait for the verdict.

    What is interrupted is gone on with when the same file is uploaded again.
    """
    from .commands.upload_command import Wishes, upload_all

    if name and len(files) > 1:
        raise typer.BadParameter("takes one FILE", param_hint="--name")
    wishes = Wishes(purpose, check, wait, expires_after, name, json)
    return upload_all(files, wishes, _service(parallel))


@app.command("ls")
@ended
def list_files(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Most files shown.")] = 20,
    every: Annotated[bool, typer.Option("--all", "-a", help="All files.")] = False,
    purpose: Annotated[str | None, typer.Option(help="Only these.")] = None,
    oldest_first: Annotated[bool, typer.Option("--oldest-first", "-r")] = False,
    json: Json = False,
) -> int:
    """List files, the newest first; without a terminal, with tabs between the columns."""
    from .commands import file_commands

    shown = None if every else limit
    return file_commands.list_files(_service(), shown, purpose, oldest_first, json)


@app.command()
@ended
def show(file_id: FileId, json: Json = False) -> int:
    """Show a file, and the errors in its lines."""
    from .commands import file_commands

    return file_commands.show(_service(), file_id, json)


@app.command()
@ended
def get(
    file_id: FileId,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", help="File or folder; - is standard output."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", "-f", help="Replace what is there.")] = False,
    parallel: Parallel = PARALLEL,
    json: Json = False,
) -> int:
    """Download a file's content. What is interrupted is gone on with when it is called again."""
    from .commands import get_command

    return get_command.get(_service(parallel), file_id, output, force, json)


@app.command("rm")
@ended
def remove(
    file_ids: Annotated[list[str], typer.Argument(metavar="FILE_ID")], json: Json = False
) -> int:
    """Delete files."""
    from .commands import file_commands

    return file_commands.remove(_service(), file_ids, json)


@app.command()
@ended
def login(
    base_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The service's, as https://…/v1"),
    ] = None,
) -> int:
    """Keep base URL and API key, readable by you alone.

    The key is asked for, or read from standard input. The environment's LINEGATE_BASE_URL and
    LINEGATE_API_KEY come first wherever they are set.
    """
    from .commands.login_command import login as log_in

    return log_in(base_url)


@app.command()
@ended
def logout() -> int:
    """Forget base URL and API key."""
    from .commands.login_command import logout as log_out

    return log_out()


@app.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@ended
def check(arguments: Annotated[list[str], typer.Argument(metavar="FILE")]) -> int:
    """Check files here, without sending anything. Its options: linegate check --help"""
    from .main import check as check_files

    return check_files(arguments)


def _service(parallel: int = PARALLEL) -> "Service":
    """Imported when it is used: `--help` and completion answer without an HTTP library."""
    from .commands.account import account
    from .commands.service import Service

    return Service(account(), parallel)
