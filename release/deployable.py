"""What deploys without the CDK: the functions' zip, and a template that takes its bucket and key.

Both are made from the same stack that `make deploy` deploys. Settings are context, as there, and
are chosen when the template is built; the template has no other parameters than the zip's place.
"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from infra.bundling import build
from infra.config import Config
from infra.stack import LinegateStack
from release.archive import digest, write_zip

CDK_JSON = Path(__file__).resolve().parents[1] / "cdk.json"


def write_deployable(
    context: Mapping[str, Any], folder: Path, prefix: str, epoch: int
) -> tuple[Path, Path]:
    """The zip and the template, written into `folder`; the zip's name has its digest.

    Raises ConfigError and BundlingError.
    """
    config = Config.from_context(context)
    with tempfile.TemporaryDirectory() as room:
        bundle = Path(room) / "bundle"
        bundle.mkdir()
        build(config.architecture, config.python_version, bundle)
        draft = Path(room) / "functions.zip"
        write_zip(bundle, draft, epoch)
        package = folder / f"{prefix}-functions-{digest(draft)[:16]}.zip"
        package.write_bytes(draft.read_bytes())
    template = folder / f"{prefix}-template.json"
    body = synthesize(config, context, package.name)
    template.write_text(json.dumps(body, separators=(",", ":")) + "\n")
    return package, template


def synthesize(config: Config, context: Mapping[str, Any], zip_name: str | None) -> Any:
    """The template. With a zip's name its code is a parameter; without, a CDK asset unbundled."""
    flags = json.loads(CDK_JSON.read_text())["context"]
    with tempfile.TemporaryDirectory() as outdir:
        app = cdk.App(
            analytics_reporting=False,
            context={**flags, **context, "aws:cdk:bundling-stacks": []},
            default_stack_synthesizer=cdk.BootstraplessSynthesizer() if zip_name else None,
            outdir=outdir,
        )
        LinegateStack(app, config.stack_name, config, published_key=zip_name)
        return app.synth().get_stack_by_name(config.stack_name).template
