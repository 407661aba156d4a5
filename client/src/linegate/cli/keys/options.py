"""Where the stack is: the options that every `linegate keys …` has after its own."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from typing import Annotated, Any

import typer

_PANEL = "Where the stack is"

STACK_NAME = "Linegate"


@dataclass(frozen=True)
class StackOptions:
    """What the operator said about where the stack is. Whatever is None, boto3 decides."""

    stack_name: Annotated[
        str,
        typer.Option(
            envvar="LINEGATE_STACK",
            metavar="NAME",
            help="CloudFormation stack whose outputs name the keys table.",
            rich_help_panel=_PANEL,
        ),
    ] = STACK_NAME
    table: Annotated[
        str | None,
        typer.Option(
            "--table",
            metavar="NAME",
            help="Name of the keys table, if you may not read the stack's outputs.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    region: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Where the stack is.", rich_help_panel=_PANEL),
    ] = None
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Profile of the AWS configuration.", rich_help_panel=_PANEL
        ),
    ] = None
    endpoint_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Address of an AWS emulator; default: AWS_ENDPOINT_URL.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    local: Annotated[
        bool,
        typer.Option(
            "--local",
            help="Use the stack that make up started in this checkout.",
            rich_help_panel=_PANEL,
        ),
    ] = False


def add_stack_options(command: Callable[..., None]) -> Callable[..., None]:
    """The command, which takes each field of its parameter `stack` as an option.

    Typer knows a command by its signature alone, so the one that it sees says so.
    """
    own, fields = signature(command), signature(StackOptions).parameters

    @wraps(command)
    def run(**options: Any) -> None:
        stack = StackOptions(**{name: options.pop(name) for name in fields})
        command(stack=stack, **options)

    kept = [parameter for name, parameter in own.parameters.items() if name != "stack"]
    shown = own.replace(parameters=[*kept, *fields.values()])
    run.__signature__ = shown  # type: ignore[attr-defined]  # inspect documents it, typeshed not
    return run
