"""The entry point: every command and its options, as Typer reads them from these signatures."""

import io
import sys
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from ..jsonl.digest import parse_md5
from ..jsonl.limits import DEFAULT_LIMITS, CheckLimits
from ..transfer.flow import PARALLEL
from .errors import INTERRUPTED, end_broken_pipe, end_with_status
from .terminal import parse_duration

if TYPE_CHECKING:
    from .api_client import ApiClient

EXIT_STATUS = (
    "Exit status: 0 done; 1 a file is not valid; 2 wrong usage, or a local file cannot be read or "
    "written; 3 no API key, or one that is not taken; 4 no such file; 5 the service cannot be "
    "reached or refuses; 130 interrupted."
)


class Commands(typer.core.TyperGroup):
    """All commands. Those for the operator are imported when they are asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), "keys"]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name != "keys":
            return super().get_command(ctx, cmd_name)
        from .keys.app import keys

        group = typer.main.get_command(keys)
        group.name = cmd_name
        return group


app = typer.Typer(
    cls=Commands,
    help="Sends batch files of any size to Linegate, and looks after them.",
    epilog=EXIT_STATUS,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

LIMITS = "For a service that was set up with other limits"


class CheckedPurpose(str, Enum):
    """The purposes whose lines can be checked, for the command line to offer."""

    batch = "batch"
    batch_output = "batch_output"


def parse_md5_text(text: str) -> str:
    """An MD5 as it was typed, if it is one."""
    try:
        parse_md5(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return text


Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
FileId = Annotated[str, typer.Argument(metavar="FILE_ID", help="file-…, as ls shows it.")]
Purpose = Annotated[str, typer.Option(help="What the file is for.")]
Parallel = Annotated[
    int, typer.Option("--parallel", "-p", min=1, max=32, help="Parts on their way at once.")
]


@app.command()
@end_with_status
def upload(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help="Files or patterns; - is standard input.")
    ],
    purpose: Purpose = "batch",
    check: Annotated[bool, typer.Option(help="Check the lines here first.")] = True,
    wait: Annotated[bool, typer.Option(help="Wait until the service has checked them.")] = True,
    expires_after: Annotated[
        int | None,
        typer.Option(
            parser=parse_duration, metavar="TIME", help="Like 12h or 7d; else the service's."
        ),
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
    from .upload import UploadOptions, upload_all

    if name and len(files) > 1:
        raise typer.BadParameter("takes one FILE", param_hint="--name")
    options = UploadOptions(purpose, check, wait, expires_after, name, json)
    return upload_all(files, options, _open_client(parallel))


@app.command("ls")
@end_with_status
def list_files(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Most files shown.")] = 20,
    every: Annotated[bool, typer.Option("--all", "-a", help="All files.")] = False,
    purpose: Annotated[str | None, typer.Option(help="Only these.")] = None,
    oldest_first: Annotated[bool, typer.Option("--oldest-first", "-r")] = False,
    json: Json = False,
) -> int:
    """List files, the newest first; without a terminal, with tabs between the columns."""
    from . import files

    shown = None if every else limit
    return files.list_files(_open_client(), shown, purpose, oldest_first, json)


@app.command()
@end_with_status
def show(file_id: FileId, json: Json = False) -> int:
    """Show a file, and the errors in its lines."""
    from . import files

    return files.show(_open_client(), file_id, json)


@app.command()
@end_with_status
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
    from . import download

    return download.get(_open_client(parallel), file_id, output, force, json)


@app.command("rm")
@end_with_status
def remove(
    file_ids: Annotated[list[str], typer.Argument(metavar="FILE_ID")], json: Json = False
) -> int:
    """Delete files."""
    from . import files

    return files.remove(_open_client(), file_ids, json)


@app.command()
@end_with_status
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
    from .login import login as log_in

    return log_in(base_url)


@app.command()
@end_with_status
def logout() -> int:
    """Forget base URL and API key."""
    from .login import logout as log_out

    return log_out()


@app.command()
@end_with_status
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="JSONL; - is standard input.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON report a file.")] = False,
    purpose: Annotated[
        CheckedPurpose, typer.Option(help="batch: lines are requests; batch_output: results.")
    ] = CheckedPurpose.batch,
    md5: Annotated[
        str | None,
        typer.Option(parser=parse_md5_text, help="The only FILE's, in hex or base64."),
    ] = None,
    max_line_bytes: Annotated[
        int, typer.Option(min=1, help="Longest line.", rich_help_panel=LIMITS)
    ] = DEFAULT_LIMITS.line_bytes,
    max_requests: Annotated[
        int, typer.Option(min=1, help="Maximum requests in a file.", rich_help_panel=LIMITS)
    ] = DEFAULT_LIMITS.requests,
    max_errors: Annotated[
        int, typer.Option(min=0, help="Maximum errors listed.", rich_help_panel=LIMITS)
    ] = DEFAULT_LIMITS.kept_errors,
    mixed_models: Annotated[
        bool, typer.Option("--mixed-models", help="Allow several models.", rich_help_panel=LIMITS)
    ] = False,
    urls: Annotated[
        list[str] | None,
        typer.Option(
            "--url",
            metavar="PATH",
            help="A request URL to allow instead of the usual ones; may be repeated.",
            rich_help_panel=LIMITS,
        ),
    ] = None,
) -> int:
    """Check files here, every line, every error; nothing is sent anywhere.

    A file of any size is read once, in about 10 MB of memory.
    """
    from .check import CheckOptions, check_all

    if md5 and len(files) > 1:
        raise typer.BadParameter("takes one FILE", param_hint="--md5")
    limits = CheckLimits(
        line_bytes=max_line_bytes,
        requests=max_requests,
        request_urls=tuple(urls or DEFAULT_LIMITS.request_urls),
        one_model_per_file=not mixed_models,
        kept_errors=max_errors,
    )
    return check_all(files, CheckOptions(purpose.value, limits, md5, json))


def _open_client(parallel: int = PARALLEL) -> "ApiClient":
    """Imported when it is used: `--help` and completion answer without an HTTP library."""
    from .api_client import ApiClient
    from .credentials import load_account

    return ApiClient(load_account(), parallel)


def main(arguments: list[str] | None = None) -> int:
    """Run a command line; return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name need not fit the encoding
    try:
        app(arguments, prog_name="linegate")
    except SystemExit as end:
        return int(end.code or 0)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return end_broken_pipe()
    return 0
