"""What the functions' wheels hold and no function uses, and what would slow a cold start for it.

The wheels come as they are published, for everybody. In the bundle each client's model is as small
as botocore can read it, and a package whose `__init__` imports all its modules imports those that
are asked for. benchmarks/cold_start.py measures what that saves; that every function still answers
is held by tests, from the bundle alone.
"""

import ast
import gzip
import json
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

UNUSED = (
    "bin",  # commands of the packages
    "*.dist-info/[!M]*",  # all but METADATA, where packages look up their own version
    "boto3/data/*",  # resource models; only clients are used
    "boto3/examples",
    "botocore/data/*/*/examples-1.json",
    "**/*.pyi",
    "**/py.typed",
    "**/tests",
)

ON_DEMAND = (
    "aws_lambda_powertools/event_handler",
    "aws_lambda_powertools/utilities/data_classes",
)
"""Packages that import every resolver and every kind of event that AWS has, a third of the API's
cold start, of which a function needs one."""

_ON_DEMAND_INIT = '''"""{package}: what it exports, imported when it is asked for."""

from importlib import import_module

_MODULES = {modules}

__all__ = {names}


def __getattr__(name):
    if name not in _MODULES:
        raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value
'''


def trim(tree: Path, services: Collection[str]) -> None:
    """Take out of installed wheels what a function with clients of these services does not need.

    Raises ValueError where a package's `__init__` is not what ON_DEMAND supposes.
    """
    unused = [path for pattern in UNUSED for path in tree.glob(pattern)]
    models = (tree / "botocore" / "data").glob("*/")
    unused += [m for m in models if m.is_dir() and m.name not in services]
    for path in unused:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    _trim_models(tree / "botocore" / "data", services)
    for package in ON_DEMAND:
        _export_on_demand(tree, package)


def _trim_models(models: Path, services: Collection[str]) -> None:
    """Drop what each client would read at a cold start and nobody uses.

    That is the documentation in the services' models, their compression (the function's zip has
    its own), and the endpoints of all other services.
    """
    for packed in models.glob("*/*/*.json.gz"):
        model = json.loads(gzip.decompress(packed.read_bytes()))
        _write_json(packed.with_suffix(""), _strip_documentation(model))
        packed.unlink()
    endpoints = models / "endpoints.json"
    known = json.loads(endpoints.read_bytes())
    for partition in known["partitions"]:
        partition["services"] = {
            name: each for name, each in partition["services"].items() if name in services
        }
    _write_json(endpoints, known)


def _strip_documentation(model: Any) -> Any:
    """The model with empty `documentation`: botocore wants the name here and there. Pure."""
    if isinstance(model, dict):
        return {
            name: ""
            if name == "documentation" and isinstance(value, str)
            else _strip_documentation(value)
            for name, value in model.items()
        }
    if isinstance(model, list):
        return [_strip_documentation(each) for each in model]
    return model


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, separators=(",", ":")))


def _export_on_demand(tree: Path, package: str) -> None:
    """Let a package whose `__init__` only imports do that name by name, as they are used."""
    init = tree / package / "__init__.py"
    dotted = package.replace("/", ".")
    modules: dict[str, str] = {}
    for statement in ast.parse(init.read_text()).body:
        match statement:
            case ast.ImportFrom(module=str(module), names=imported, level=level):
                for each in imported:
                    modules[each.asname or each.name] = f"{dotted}.{module}" if level else module
            case ast.Expr(ast.Constant()) | ast.Assign(targets=[ast.Name("__all__")]):
                pass
            case _:
                raise ValueError(f"{package} does more than import: {ast.unparse(statement)}")
    listed = json.dumps(modules, indent=4)
    names = json.dumps(list(modules), indent=4)
    init.write_text(_ON_DEMAND_INIT.format(package=dotted, modules=listed, names=names))
