"""The model endpoint's key, in Secrets Manager.

IAM action: secretsmanager:GetSecretValue, of this one secret and for the worker alone.

The secret's text is the key itself. It is read again after a few minutes, so that a rotated key is
used without a deployment.
"""

from lambdas import clients, settings
from lambdas.stores.failures import unavailable

KEPT_S = 300

_kept: tuple[int, str] | None = None


def get(now: int) -> str | None:
    """The key; None where the endpoint wants none. Raises Unavailable."""
    global _kept  # one for the process
    name = settings.batch_endpoint_secret()
    if name is None:
        return None
    if _kept is None or not _kept[0] <= now < _kept[0] + KEPT_S:
        with unavailable():
            answer = clients.secrets_manager().get_secret_value(SecretId=name)
        _kept = now, answer["SecretString"].strip()
    return _kept[1]


def forget() -> None:
    """Read the key again the next time."""
    global _kept
    _kept = None
