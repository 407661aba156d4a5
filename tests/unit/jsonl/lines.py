"""Lines of a batch file, written out byte by byte."""

REQUEST = (
    b'{"custom_id":"%s","method":"POST","url":"/v1/chat/completions","body":{"model":"m",%s"n":1}}'
)


def request(custom_id: str = "a", body: str = "") -> bytes:
    return REQUEST % (custom_id.encode(), body.encode())
