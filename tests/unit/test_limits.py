"""Limits: their defaults are the contract's, and a deployer's change is checked."""

import pytest

from lambdas.domain.limits import KIB, MIB, TIB, Limits


def test_the_defaults_are_the_contracts() -> None:
    limits = Limits()
    assert limits.file_bytes == 200 * MIB
    assert limits.direct_bytes == 4 * MIB
    assert limits.retention_s == 604_800
    assert limits.upload_lifetime_s == 86_400
    assert limits.url_lifetime_s == 3_600
    assert limits.purposes == ("batch", "batch_output")
    assert limits.check.requests == 50_000
    assert limits.check.line_bytes == MIB
    assert limits.check.one_model_per_file is True
    assert limits.check.request_urls == (
        "/v1/chat/completions",
        "/v1/completions",
        "/v1/embeddings",
        "/v1/responses",
    )


def test_a_deployer_changes_limits_by_name() -> None:
    limits = Limits.with_changes(
        {
            "file_bytes": 10 * MIB,
            "requests": 100,
            "one_model_per_file": False,
            "purposes": ["batch"],
        }
    )
    assert limits.file_bytes == 10 * MIB
    assert limits.check.requests == 100
    assert limits.check.one_model_per_file is False
    assert limits.purposes == ("batch",)
    assert limits.direct_bytes == Limits().direct_bytes


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"file_size": 1}, "no limit 'file_size'"),
        ({"check": {}}, "no limit 'check'"),
        ({"file_bytes": "10"}, "whole number"),
        ({"file_bytes": 0}, "positive"),
        ({"file_bytes": True}, "whole number"),
        ({"requests": -1}, "positive"),
        ({"one_model_per_file": 1}, "true or false"),
        ({"request_urls": []}, "non-empty list"),
        ({"request_urls": "/v1/x"}, "non-empty list"),
        ({"purposes": ["fine-tune"]}, "fine-tune"),
        ({"retention_s": 3_599}, "retention_s"),
        ({"retention_s": 2_592_001}, "retention_s"),
        ({"file_bytes": 4 * MIB - 1}, "direct_bytes"),
        ({"file_bytes": 5 * TIB + 1}, "S3's own limit"),
        ({"upload_lifetime_s": 86_401}, "upload_lifetime_s"),
        ({"url_lifetime_s": 43_201}, "url_lifetime_s"),
    ],
)
def test_a_change_that_cannot_work_says_why(changes: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Limits.with_changes(changes)


def test_a_direct_body_must_fit_one_lambda_call_as_base64() -> None:
    most = (6 * MIB // 4) * 3 - 64 * KIB
    assert Limits.with_changes({"direct_bytes": most}).direct_bytes == most
    with pytest.raises(ValueError, match="base64"):
        Limits.with_changes({"direct_bytes": most + 1})


def test_limits_may_be_as_large_as_s3_and_its_lifecycle_allow() -> None:
    """5 TiB of one object, the day until a lifecycle rule aborts, a role's half day."""
    limits = Limits.with_changes(
        {
            "file_bytes": 5 * TIB,
            "account_bytes": 5 * TIB,
            "upload_lifetime_s": 86_400,
            "url_lifetime_s": 43_200,
        }
    )
    assert (limits.file_bytes, limits.upload_lifetime_s) == (5 * TIB, 86_400)
    assert limits.url_lifetime_s == 43_200
