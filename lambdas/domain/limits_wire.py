"""The response of `GET /limits`: what the deployment accepts, and the account's usage. Pure.

The limits that have a name on the wire are shown under it, straight from their register.
"""

import dataclasses
from typing import Annotated, Any, Literal, Self, get_type_hints

from pydantic import Field, create_model

from lambdas.domain.limits import (
    MAX_FILENAME_CHARS,
    MAX_PAGE,
    MAX_RETENTION_S,
    MIN_RETENTION_S,
    Limits,
)
from lambdas.domain.usage import Usage, quotas
from lambdas.domain.version import VERSION
from lambdas.domain.wire import Answer
from linegate.api_keys import Role
from linegate.jsonl.limits import CheckLimits
from linegate.jsonl.purposes import PURPOSES


class RetentionObject(Answer):
    default: Annotated[int, Field(description="Without `expires_after`, in seconds.")]
    min: int
    max: int


class PurposeObject(Answer):
    name: str
    writable: Annotated[
        bool, Field(description="Whether this API key may create files of this purpose.")
    ]
    retention_seconds: Annotated[int, Field(description="Without `expires_after`.")]

    @classmethod
    def of(cls, name: str, role: Role, limits: Limits) -> Self:
        purpose = PURPOSES[name]
        return cls(
            name=name,
            writable=role in purpose.writers,
            retention_seconds=purpose.retention_s or limits.retention_s,
        )


class UsageObject(Answer):
    files: Annotated[int, Field(description="Including pending uploads.")]
    bytes: Annotated[int, Field(description="Including pending uploads.")]
    pending_uploads: int

    @classmethod
    def of(cls, usage: Usage) -> Self:
        return cls(files=usage.files, bytes=usage.bytes, pending_uploads=usage.pending_uploads)


def _wire_fields(limits: type) -> dict[str, Any]:
    """The fields of a model that shows these limits: by wire name, their type and meaning."""
    types = get_type_hints(limits)
    return {
        row.metadata["wire"]: (
            types[row.name],
            Field(description=f"{_sentence(row.metadata['meaning'])}."),
        )
        for row in dataclasses.fields(limits)
        if row.metadata.get("wire")
    }


def _wire_values(limits: Any) -> dict[str, Any]:
    rows = dataclasses.fields(limits)
    return {r.metadata["wire"]: getattr(limits, r.name) for r in rows if r.metadata.get("wire")}


def _sentence(meaning: str) -> str:
    return meaning[0].upper() + meaning[1:]


BatchLimitsObject = create_model(
    "BatchLimitsObject",
    __base__=Answer,
    __doc__="The rules of the line check.",
    **_wire_fields(CheckLimits),
)


class _Limits(Answer):
    object: Literal["limits"] = "limits"
    version: Annotated[str, Field(description="Version of the service.")]

    @classmethod
    def of(cls, limits: Limits, role: Role, usage: Usage) -> Self:
        return cls.model_validate(
            {
                "version": VERSION,
                **_wire_values(limits),
                "max_filename_chars": MAX_FILENAME_CHARS,
                "max_page": MAX_PAGE,
                "retention_seconds": RetentionObject(
                    default=limits.retention_s, min=MIN_RETENTION_S, max=MAX_RETENTION_S
                ),
                "purposes": [PurposeObject.of(name, role, limits) for name in limits.purposes],
                "batch": _wire_values(limits.check),
                "quotas": UsageObject.of(quotas(limits)),
                "usage": UsageObject.of(usage),
            }
        )


LimitsObject = create_model(
    "LimitsObject",
    __base__=_Limits,
    **_wire_fields(Limits),
    max_filename_chars=(int, ...),
    max_page=(int, ...),
    retention_seconds=(RetentionObject, ...),
    purposes=(list[PurposeObject], ...),
    batch=(BatchLimitsObject, ...),
    quotas=(UsageObject, Field(description="Maximum of each for the account.")),
    usage=(UsageObject, Field(description="Current use by the account.")),
)
