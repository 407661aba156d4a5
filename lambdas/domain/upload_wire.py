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
    Field(description="`expired` is never returned: an expired upload is a 404."),
]


class PartUrlObject(Answer):
    part_number: Annotated[int, Field(description="From 1.")]
    bytes: Annotated[
        int,
        Field(description="Length of the part; the URL is signed for exactly this Content-Length."),
    ]
    url: Annotated[str, Field(description="PUT the part's bytes to this URL.")]


class MultipartObject(Answer):
    part_size: Annotated[int, Field(description="Size of every part except the last, in bytes.")]
    parts: Annotated[
        list[PartUrlObject], Field(description="The parts that have not been received.")
    ]
    uploaded: Annotated[
        list[int], Field(description="Numbers of the parts that have been received.")
    ]

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
    bytes: Annotated[int, Field(description="Size of the whole file, in bytes.")]
    created_at: UnixSeconds
    expires_at: Annotated[UnixSeconds, Field(description="When the upload expires, not its file.")]
    filename: str
    purpose: str
    status: UploadStatusName
    file: Annotated[FileObject | None, Field(description="The file; null until completed.")]
    multipart: Annotated[
        MultipartObject | None,
        Field(
            description="Null once the upload ended, in lists, and while proxied parts are joined."
        ),
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
        Field(description="Pass it as `after` for the next page; empty if `data` is."),
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
