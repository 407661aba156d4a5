"""The entry point: every command and its options, as Typer reads them from these signatures."""

import io
import sys
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from ..jsonl.digest import parse_md5
from ..jsonl.limits import DEFAULT_LIMITS
from ..jsonl.purposes import PURPOSES
from ..transfer.flow import PARALLEL
from .check import LISTED_ERRORS
from .errors import INTERRUPTED, end_broken_pipe, end_with_status
from .terminal import parse_duration

if TYPE_CHECKING:
    from .api_client import ApiClient

EXAMPLES = """\b
Examples:
  linegate login
  linegate upload requests.jsonl
"""

EXIT_STATUS = """\b
Exit status:
  0    done
  1    a file is not valid
  2    wrong usage, or a local file cannot be used
  3    no API key, or the service rejects it
  4    the service has no such file
  5    the service cannot be reached, fails, or refuses
  130  interrupted
"""


class Commands(typer.core.TyperGroup):
    """All commands. Groups are imported when they are asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), "batch", "keys"]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        match cmd_name:
            case "batch":
                from .batch.app import batch as commands
            case "keys":
                from .keys.app import keys as commands
            case _:
                command = super().get_command(ctx, cmd_name)
                return command and without_types(command)
        group = typer.main.get_command(commands)
        group.name = cmd_name
        return group


def no_type(ctx: Any) -> None:  # Typer passes it
    """Of an argument, in its help."""


def without_types(command: Any) -> Any:
    """The command, whose help has FILE and not `FILE <list[str]>`, as newer Typers have it."""
    for parameter in command.params:
        if isinstance(parameter, typer.core.TyperArgument):
            setattr(parameter, "display_type_rich", no_type)  # noqa: B010  # older ones lack it
    return command


app = typer.Typer(
    cls=Commands,
    help="Upload and manage batch files of any size.",
    epilog=f"{EXAMPLES}\n{EXIT_STATUS}",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain text wraps between words, at any width
    context_settings={"help_option_names": ["-h", "--help"]},
)


def print_version(wanted: bool) -> None:
    if wanted:
        print(f"linegate {version('linegate')}")
        raise typer.Exit


@app.callback()
def describe_program(
    show_version: Annotated[  # it acts when it is read
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Only for the options before a command."""


def parse_md5_text(text: str) -> str:
    """An MD5 as it was typed, if it is one."""
    try:
        parse_md5(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return text


def parse_purpose(text: str) -> str:
    """A purpose whose lines can be checked here."""
    if text not in PURPOSES:
        raise typer.BadParameter(f"{text!r} is not supported; use one of: {', '.join(PURPOSES)}.")
    return text


Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print ids only.")]
AllErrors = Annotated[bool, typer.Option("--all", help="List all errors instead of the first 10.")]
FileId = Annotated[str, typer.Argument(metavar="FILE_ID", help="Id of a file, from linegate ls.")]
Parallel = Annotated[
    int,
    typer.Option(
        "--parallel", "-p", min=1, max=32, metavar="N", help="Number of parallel transfers."
    ),
]


@app.command()
@end_with_status
def upload(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help="Files or patterns; - is standard input.")
    ],
    purpose: Annotated[str, typer.Option(metavar="NAME", help="Purpose of the files.")] = "batch",
    check: Annotated[bool, typer.Option(help="Check the lines locally before uploading.")] = True,
    wait: Annotated[bool, typer.Option(help="Wait for the service to check the files.")] = True,
    expires_after: Annotated[
        int | None,
        typer.Option(
            parser=parse_duration,
            metavar="TIME",
            help="Retention, such as 12h or 7d; default: the service's.",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name to store the file under; for a single FILE."),
    ] = None,
    all_errors: AllErrors = False,
    parallel: Parallel = PARALLEL,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Check files and upload them.

    An interrupted upload resumes when the same file is uploaded again.

    \b
    Examples:
      linegate upload requests.jsonl
      linegate upload 'data/*.jsonl' --expires-after 12h
      gunzip -c big.gz | linegate upload - --name big.jsonl
    """
    from .upload import UploadOptions, upload_all

    if name and len(files) > 1:
        raise typer.BadParameter("takes one FILE", param_hint="--name")
    options = UploadOptions(purpose, check, wait, expires_after, name, json, quiet, all_errors)
    return upload_all(files, options, _open_client(parallel))


@app.command("ls")
@end_with_status
def list_files(
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, metavar="N", help="Maximum number of files.")
    ] = 20,
    every: Annotated[bool, typer.Option("--all", "-a", help="List all files.")] = False,
    purpose: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only files with this purpose.")
    ] = None,
    oldest_first: Annotated[
        bool, typer.Option("--oldest-first", "-r", help="List the oldest files first.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """List files.

    Without a terminal: tab-separated columns, sizes in bytes, times in Unix seconds.

    \b
    Examples:
      linegate ls --all
      linegate ls -q | xargs linegate rm
    """
    from . import files

    shown = None if every else limit
    return files.list_files(_open_client(), shown, purpose, oldest_first, json, quiet)


@app.command()
@end_with_status
def show(
    file_id: FileId, all_errors: AllErrors = False, json: Json = False, quiet: Quiet = False
) -> int:
    """Show a file, and the errors in its lines.

    \b
    Example:
      linegate show file-01JDZW6V8F6Q2M3N4P5R6S7T8V --all
    """
    from . import files

    return files.show(_open_client(), file_id, all_errors, json, quiet)


@app.command()
@end_with_status
def get(
    file_id: FileId,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="PATH", help="File or folder; - is standard output."
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Overwrite an existing file.")
    ] = False,
    parallel: Parallel = PARALLEL,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Download a file's content and verify it.

    An interrupted download resumes when the same command is run again.

    \b
    Examples:
      linegate get file-01JDZW6V8F6Q2M3N4P5R6S7T8V -o results
      linegate get -o - file-01JDZW6V8F6Q2M3N4P5R6S7T8V | jq
    """
    from . import download

    return download.get(_open_client(parallel), file_id, output, force, json, quiet)


@app.command("rm")
@end_with_status
def remove(
    file_ids: Annotated[
        list[str], typer.Argument(metavar="FILE_ID", help="Id of a file, from linegate ls.")
    ],
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Delete files.

    \b
    Example:
      linegate rm file-01JDZW6V8F6Q2M3N4P5R6S7T8V
    """
    from . import files

    return files.remove(_open_client(), file_ids, json, quiet)


@app.command()
@end_with_status
def login(
    base_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Base URL of the service, such as https://…/v1."),
    ] = None,
) -> int:
    """Store base URL and API key.

    They are readable by you alone. The key is prompted for, or read from standard input.
    LINEGATE_BASE_URL and LINEGATE_API_KEY take precedence; a stored key is only sent to the
    stored URL.

    \b
    Examples:
      linegate login
      linegate login --base-url https://example.com/v1 < key
    """
    from .login import login as log_in

    return log_in(base_url)


@app.command()
@end_with_status
def logout() -> int:
    """Delete the stored base URL and API key.

    \b
    Example:
      linegate logout
    """
    from .login import logout as log_out

    return log_out()


@app.command()
@end_with_status
def relay(
    base_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Base URL of the service; default: LINEGATE_BASE_URL."),
    ] = None,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen on.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=1, max=65535, metavar="N", help="Port to listen on.")
    ] = 8790,
    parallel: Parallel = PARALLEL,
) -> int:
    """Serve the API on this machine, for any client.

    Callers send their own API key; the relay holds none.

    \b
    Examples:
      linegate relay
      linegate relay --base-url https://example.com/v1
    """
    from .relay import serve_relay

    return serve_relay(base_url, host, port, parallel)


@app.command()
@end_with_status
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="JSONL; - is standard input.")],
    purpose: Annotated[
        str,
        typer.Option(
            parser=parse_purpose,
            autocompletion=lambda: list(PURPOSES),
            metavar=f"[{'|'.join(PURPOSES)}]",
            help="; ".join(f"{p.name}: lines are {p.lines}" for p in PURPOSES.values()) + ".",
        ),
    ] = "batch",
    md5: Annotated[
        str | None,
        typer.Option(
            parser=parse_md5_text, metavar="MD5", help="Expected MD5 of FILE, in hex or base64."
        ),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not request the service's limits.")
    ] = False,
    max_line_bytes: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Maximum bytes of a line.")
    ] = None,
    max_requests: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Maximum number of requests in a file.")
    ] = None,
    max_errors: Annotated[
        int, typer.Option(min=0, metavar="N", help="Maximum number of errors to list.")
    ] = LISTED_ERRORS,
    all_errors: AllErrors = False,
    mixed_models: Annotated[
        bool, typer.Option("--mixed-models", help="Allow several models.")
    ] = False,
    urls: Annotated[
        list[str] | None,
        typer.Option(
            "--url",
            metavar="PATH",
            help="Request URL to allow instead of the default ones; repeatable.",
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print a JSON report for each file.")
    ] = False,
) -> int:
    """Check every line of files locally. Nothing is uploaded.

    The limits are those of the service that you are logged in to, else the defaults. A file of any
    size is read once, in about 10 MB of memory.

    \b
    Examples:
      linegate check requests.jsonl
      zstd -dc requests.jsonl.zst | linegate check -
    """
    from .check import CheckOptions, check_all, find_limits

    if md5 and len(files) > 1:
        raise typer.BadParameter("takes one FILE", param_hint="--md5")
    limits = DEFAULT_LIMITS if offline else find_limits()
    limits = replace(
        limits,
        line_bytes=max_line_bytes or limits.line_bytes,
        requests=max_requests or limits.requests,
        request_urls=tuple(urls or limits.request_urls),
        one_model_per_file=limits.one_model_per_file and not mixed_models,
        kept_errors=sys.maxsize if all_errors else max(max_errors, limits.kept_errors),
    )
    listed = None if all_errors else max_errors
    return check_all(files, CheckOptions(purpose, limits, md5, json, listed))


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
