"""What the bucket refuses to everybody, whatever a role or a signature allows. Pure."""

from typing import Any


def no_copies_by_url(bucket_arn: str) -> dict[str, Any]:
    """A statement: a presigned URL stores the bytes that come with it, and copies no other object.

    A part's URL signs neither the presence nor the absence of `x-amz-copy-source`, and with that
    header the same PUT would be UploadPartCopy, which reads what the signer may read: every
    account's files. UploadPartCopy needs s3:PutObject on the target, to which S3 gives both
    condition keys (Service Authorization Reference, Amazon S3).
    """
    return {
        "Sid": "NoCopiesByUrl",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "s3:PutObject",
        "Resource": f"{bucket_arn}/*",
        "Condition": {
            "Null": {"s3:x-amz-copy-source": "false"},
            "StringEquals": {"s3:authType": "REST-QUERY-STRING"},
        },
    }
