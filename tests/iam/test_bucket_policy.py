"""The deployed bucket's policy, evaluated for what a request to AWS would carry.

The emulator has an evaluator of policies, but does not give it `s3:authType` and
`s3:x-amz-copy-source`, as S3 does; so it is asked here directly.
"""

import json
import subprocess
from typing import Any

import pytest

from local.emulator import ACCOUNT
from local.layout import EMULATOR_PYTHON
from tests.iam.conftest import Enforced

EVALUATE = """
import json, sys
from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy

policy, request = json.load(sys.stdin)
result = evaluate_resource_policy(policy, EvalContext(**request))
print(json.dumps([result.decision, result.matched_sid]))
"""

TLS = {"s3:TlsVersion": "1.3"}
URL = {"s3:authType": "REST-QUERY-STRING"}
HEADER = {"s3:authType": "REST-HEADER"}
COPY = {"s3:x-amz-copy-source": "/bucket/files/07/another/object"}
NOT_DENIED = ("ImplicitDeny", "")
"""The policy has no word about it: the caller's role decides."""


@pytest.fixture(scope="module")
def policy(enforced: Enforced) -> str:
    found = enforced.client("s3").get_bucket_policy(Bucket=enforced.stack.bucket)
    return str(found["Policy"])


def decision(
    policy: str, bucket: str, action: str, context: dict[str, str], **fields: Any
) -> tuple[str, str]:
    """What the policy says of a request, and by which statement."""
    request = {
        "principal_arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/uploads/uploads",
        "principal_type": "AssumedRole",
        "principal_account": ACCOUNT,
        "action": action,
        "resource_arn": f"arn:aws:s3:::{bucket}/files/07/acme/object",
        "region": "us-east-1",
        "source_ip": "127.0.0.1",
        "secure_transport": True,
        "service_context": {key.lower(): value for key, value in (TLS | context).items()},
        **fields,
    }
    ran = subprocess.run(
        [str(EMULATOR_PYTHON), "-c", EVALUATE],
        input=json.dumps([policy, request]),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found, sid = json.loads(ran.stdout)
    return found, sid


def test_a_url_copies_no_object(policy: str, enforced: Enforced) -> None:
    found = decision(policy, enforced.stack.bucket, "s3:PutObject", URL | COPY)
    assert found == ("Deny", "NoCopiesByUrl")


@pytest.mark.parametrize(
    ("action", "context"),
    [
        ("s3:PutObject", URL),
        ("s3:GetObject", URL),
        ("s3:PutObject", HEADER),
        ("s3:PutObject", HEADER | COPY),  # an operator's own, such as a restore
    ],
    ids=["a part", "a download", "a function's own", "a copy by an operator"],
)
def test_all_else_is_left_to_the_roles(
    policy: str, enforced: Enforced, action: str, context: dict[str, str]
) -> None:
    assert decision(policy, enforced.stack.bucket, action, context) == NOT_DENIED


def test_nothing_is_taken_without_tls(policy: str, enforced: Enforced) -> None:
    bucket = enforced.stack.bucket
    plain, _ = decision(policy, bucket, "s3:PutObject", URL, secure_transport=False)
    old, _ = decision(policy, bucket, "s3:PutObject", URL | {"s3:TlsVersion": "1.1"})
    assert (plain, old) == ("Deny", "Deny")
