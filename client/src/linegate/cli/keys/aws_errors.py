"""What AWS or its client refuses, as failures that say what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from ..errors import Failure, LocalFailure, NoAccess, NotThere, ServiceFailure

NO_ACCESS = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}

NO_CREDENTIALS = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.ProfileNotFound,
    exceptions.ConfigNotFound,
    exceptions.TokenRetrievalError,
    exceptions.SSOError,
)

UNREACHABLE = (exceptions.HTTPClientError, exceptions.ConnectionError)


@contextmanager
def translate_errors(place: str) -> Iterator[None]:
    """Raises a Failure for whatever botocore raises. `place` names what was asked."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise _explain(error, place) from error


def code_of(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def _explain(error: BotoCoreError | ClientError, place: str) -> Failure:
    if isinstance(error, ClientError):
        return _explain_answer(error, place)
    if isinstance(error, NO_CREDENTIALS):
        return NoAccess(
            f"AWS credentials: {error} Sign in (aws sso login, aws configure) or name a --profile."
        )
    if isinstance(error, exceptions.NoRegionError):
        return LocalFailure("Which region? Say --region, or set AWS_REGION.", "no_region")
    if isinstance(error, UNREACHABLE):
        return ServiceFailure(f"{place} cannot be reached: {error}", "unreachable")
    return LocalFailure(str(error), "aws_settings")


def _explain_answer(error: ClientError, place: str) -> Failure:
    code = code_of(error)
    told = error.response.get("Error", {}).get("Message", "") or code
    if code in NO_ACCESS:
        return NoAccess(f"AWS does not let these credentials use {place}: {told}", code)
    if code == "ResourceNotFoundException":
        return NotThere(f"There is no {place} in this account and region.", "no_table")
    return ServiceFailure(f"{place}: {told}", code or None)
