"""The answers of `/uploads`, field by field. Pure."""

from typing import Annotated, Literal, Self

from pydantic import Field

from lambdas.domain.file import FileRecord
from lambdas.domain.ids import part_id, upload_id
from lambdas.domain.limits import Limits
from lambdas.domain.upload import Multipart, upload_expires_at, upload_status
from lambdas.domain.wire import Answer, FileObject, UnixSeconds

UploadId = Annotated[str, Field(pattern="^upload-[0-7][0-9A-HJKMNP-TV-Z]{25}$")]
PartId = Annotated[str, Field(pattern="^part-[0-7][0-9A-HJKMNP-TV-Z]{25}$")]
UploadStatusName = Annotated[
    Literal["pending", "completed", "cancelled", "expired"],
    Field(description="`expired` is never answered: an expired upload is a 404."),
]


class PartUrlObject(Answer):
    part_number: int
    bytes: Annotated[int, Field(description="Exactly this Content-Length is signed.")]
    url: Annotated[str, Field(description="Send the part's bytes here with PUT.")]


class MultipartObject(Answer):
    part_size: Annotated[int, Field(description="Bytes of every part but the last.")]
    parts: Annotated[list[PartUrlObject], Field(description="The parts that are still to be sent.")]
    uploaded: Annotated[list[int], Field(description="Numbers of the parts that S3 holds.")]

    @classmethod
    def of(cls, multipart: Multipart) -> Self:
        return cls(
            part_size=multipart.part_bytes,
            parts=[
                PartUrlObject(part_number=part.number, bytes=part.bytes, url=part.url)
                for part in multipart.missing
            ],
            uploaded=multipart.held,
        )


class UploadObject(Answer):
    id: UploadId
    object: Literal["upload"] = "upload"
    bytes: int
    created_at: UnixSeconds
    expires_at: Annotated[UnixSeconds, Field(description="The end of the upload, not the file's.")]
    filename: str
    purpose: str
    status: UploadStatusName
    file: Annotated[FileObject | None, Field(description="Once completed.")]
    multipart: Annotated[
        MultipartObject | None,
        Field(description="While pending, unless listed or with proxied parts already joining."),
    ]

    @classmethod
    def of(cls, record: FileRecord, multipart: Multipart | None, limits: Limits) -> Self:
        return cls.model_validate(
            {
                "id": upload_id(record.key.ulid),
                "bytes": record.bytes,
                "created_at": record.created_at,
                "expires_at": upload_expires_at(record, limits),
                "filename": record.filename,
                "purpose": record.purpose,
                "status": upload_status(record).value,
                "file": FileObject.of(record) if record.is_file else None,
                "multipart": MultipartObject.of(multipart) if multipart else None,
            }
        )


class UploadList(Answer):
    """Pending uploads, without their URLs: `GET /uploads/{id}` has those."""

    object: Literal["list"] = "list"
    data: list[UploadObject]
    first_id: UploadId | Literal[""]
    last_id: Annotated[
        UploadId | Literal[""],
        Field(description="The `after` of the next page; empty without data."),
    ]
    has_more: bool

    @classmethod
    def of(cls, records: list[FileRecord], has_more: bool, limits: Limits) -> Self:
        data = [UploadObject.of(record, None, limits) for record in records]
        return cls(
            data=data,
            first_id=data[0].id if data else "",
            last_id=data[-1].id if data else "",
            has_more=has_more,
        )


class UploadPartObject(Answer):
    id: PartId
    object: Literal["upload.part"] = "upload.part"
    created_at: UnixSeconds
    upload_id: UploadId

    @classmethod
    def of(cls, part_ulid: str, upload_ulid: str, created_at: int) -> Self:
        return cls(id=part_id(part_ulid), created_at=created_at, upload_id=upload_id(upload_ulid))
