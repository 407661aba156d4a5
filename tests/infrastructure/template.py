"""A synthesized template, with the questions that the tests ask of it."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import aws_cdk as cdk

from infra.config import Config
from infra.permissions import FunctionName
from infra.stack import LinegateStack

NO_BUNDLING: dict[str, list[str]] = {"aws:cdk:bundling-stacks": []}


class Template:
    """Resources by logical id, as CloudFormation gets them."""

    def __init__(self, body: Mapping[str, Any], file: Path) -> None:
        self.body = body
        self.file = file

    def resources(self, resource_type: str) -> dict[str, dict[str, Any]]:
        return {k: r for k, r in self.body["Resources"].items() if r["Type"] == resource_type}

    def properties(self, resource_type: str) -> dict[str, dict[str, Any]]:
        return {k: r["Properties"] for k, r in self.resources(resource_type).items()}

    def only(self, resource_type: str) -> tuple[str, dict[str, Any]]:
        """The one resource of a type, and its logical id."""
        ((logical_id, resource),) = self.resources(resource_type).items()
        return logical_id, resource

    def function(self, name: FunctionName) -> tuple[str, dict[str, Any]]:
        """One of our functions, by its handler."""
        handler = f"lambdas.handlers.{name}.handler"
        functions = self.properties("AWS::Lambda::Function").items()
        ((logical_id, properties),) = [f for f in functions if f[1]["Handler"] == handler]
        return logical_id, properties

    def role(self, name: FunctionName) -> dict[str, Any]:
        """The properties of a function's role."""
        role_id = self.function(name)[1]["Role"]["Fn::GetAtt"][0]
        role: dict[str, Any] = self.body["Resources"][role_id]["Properties"]
        return role

    def table(self, *key_names: str) -> tuple[str, dict[str, Any]]:
        """The table with exactly these key attributes."""
        tables = self.resources("AWS::DynamoDB::Table").items()
        ((logical_id, table),) = [
            t
            for t in tables
            if tuple(k["AttributeName"] for k in t[1]["Properties"]["KeySchema"]) == key_names
        ]
        return logical_id, table


def render(value: Any) -> str:
    """An intrinsic function as readable text: `<Logical.Arn>/files/*`, `arn:<AWS::Partition>:…`."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [logical_id, attribute]}:
            return f"<{logical_id}.{attribute}>"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(render(part) for part in parts)
    raise TypeError(f"no text for {value!r}")


def statements(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The statements of a policy, with actions and resources as lists of text."""
    return [
        {
            **statement,
            "Action": _listed(statement["Action"]),
            "Resource": [render(r) for r in _listed(statement["Resource"])],
        }
        for statement in document["Statement"]
    ]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def stack(context: Mapping[str, Any], outdir: Path) -> LinegateStack:
    """The stack in an app of its own, its code not bundled."""
    app = cdk.App(context={**NO_BUNDLING, **context}, outdir=str(outdir))
    config = Config.from_context(app.node.get_all_context())
    return LinegateStack(app, config.stack_name, config)


def synthesize(**context: str | int | bool) -> Template:
    """The template for a context. Takes a second or two: see the fixtures of conftest."""
    outdir = Path(mkdtemp(prefix="linegate-synth-"))
    made = stack(context, outdir)
    app = made.node.root
    assert isinstance(app, cdk.App)
    artifact = app.synth().get_stack_by_name(made.stack_name)
    return Template(artifact.template, Path(artifact.template_full_path))
