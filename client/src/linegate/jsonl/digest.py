"""Reading an MD5 that a client sent."""

import base64
import binascii

MD5_BYTES = 16


def parse_md5(text: str) -> bytes:
    """The 16 bytes of an MD5 written as 32 hex digits or, as in Content-MD5, in base64.

    The two cannot be confused: one has 32 characters, the other 24. Raises ValueError. Pure.
    """
    try:
        digest = (
            bytes.fromhex(text)
            if len(text) == 2 * MD5_BYTES
            else base64.b64decode(text, validate=True)
        )
    except (ValueError, binascii.Error):
        digest = b""
    if len(digest) != MD5_BYTES:
        raise ValueError("an MD5 is 32 hexadecimal digits, or 24 characters of base64")
    return digest
