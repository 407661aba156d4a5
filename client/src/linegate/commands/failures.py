"""How a command ends, and what it says then.

| status | meaning                                                        |
|--------|----------------------------------------------------------------|
| 0      | done                                                           |
| 1      | a file is not valid                                            |
| 2      | wrong usage, or a local file cannot be read or written         |
| 3      | no API key, or one that the service does not take              |
| 4      | the service has no such file                                   |
| 5      | the service cannot be reached, or fails, or refuses a request  |
| 130    | interrupted                                                    |

    Failure
    ├── Invalid        1
    ├── LocalFailure   2
    ├── NoAccess       3
    ├── NotThere       4
    └── ServiceFailure 5
"""

from typing import ClassVar

DONE, INTERRUPTED = 0, 130


class Failure(Exception):
    """Says in a sentence or two what went wrong, and what to do."""

    status: ClassVar[int]
    code: str = "failed"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code


class Invalid(Failure):
    status, code = 1, "invalid_file"


class LocalFailure(Failure):
    status, code = 2, "local_file"


class NoAccess(Failure):
    status, code = 3, "no_access"


class NotThere(Failure):
    status, code = 4, "not_found"


class ServiceFailure(Failure):
    status, code = 5, "service_failed"


"""Also where a request is refused that the command line should not have made."""
