"""API keys: their text, who may have one, and what the table keeps."""

import json

import pytest

from linegate.api_keys import (
    NOBODY,
    ApiKey,
    Role,
    api_key_of,
    hash_secret,
    item_of,
    new_api_key,
    parse_bearer,
)

NOW = 1_770_000_000


def test_a_new_key_has_an_id_and_256_random_bits() -> None:
    key, text = new_api_key("acme", "laptop", NOW)
    assert parse_bearer(f"Bearer {text}") == (key.key_id, text[20:])
    assert len(text) == 63
    assert key.secret_sha256 == hash_secret(text[20:])
    assert key.last4 == text[-4:]
    assert new_api_key("acme", "laptop", NOW)[1] != text


@pytest.mark.parametrize("length", [-1, 1])
def test_a_key_of_another_length_is_none(length: int) -> None:
    _, text = new_api_key("acme", "laptop", NOW)
    assert parse_bearer(f"Bearer {text[:length] if length < 0 else text + 'A'}") is None


def test_a_header_of_100_kb_is_not_looked_at() -> None:
    _, text = new_api_key("acme", "laptop", NOW)
    assert parse_bearer("Bearer" + " " * (128 - 6 - 63) + text) is not None
    assert parse_bearer("Bearer" + " " * (129 - 6 - 63) + text) is None
    assert parse_bearer(f"Bearer {text}" + " " * 100_000) is None


def test_a_key_opens_with_its_own_secret_until_it_ends() -> None:
    key, text = new_api_key("acme", "laptop", NOW, expires_at=NOW + 10)
    secret = text[20:]
    assert key.opens(secret, NOW + 9)
    assert not key.opens(secret, NOW + 10)
    assert not key.opens(secret[:-1], NOW)
    assert not key.opens(secret.swapcase(), NOW)


def test_nobody_opens_with_nothing() -> None:
    for secret in ("", "A" * 43):
        assert not NOBODY.opens(secret, 0)


def test_a_key_is_read_as_it_was_written() -> None:
    for key in (
        new_api_key("acme", "für 日本", NOW, Role.WORKER, NOW + 1)[0],
        new_api_key("acme", "laptop", NOW)[0],
        ApiKey("k", "0", "acme", "n", Role.CLIENT, NOW, "abcd", None, NOW),
    ):
        assert api_key_of(json.loads(json.dumps(item_of(key)))) == key


@pytest.mark.parametrize("account", ["a", "A" * 63, "0.1_2-3"])
def test_an_account_is_one_segment_of_a_path(account: str) -> None:
    assert new_api_key(account, "n", NOW)[0].account == account


@pytest.mark.parametrize(
    "account", ["", "A" * 64, "a/b", "a b", ".a", "..", "-a", "a#b", "ü", "a\n", "a\x00"]
)
def test_what_cannot_be_part_of_an_object_key_is_no_account(account: str) -> None:
    with pytest.raises(ValueError, match="account"):
        new_api_key(account, "n", NOW)


@pytest.mark.parametrize("name", ["", "x" * 101, "a\nb", "\x1b[31m", " a", "a "])
def test_a_name_is_printable_and_not_too_long(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        new_api_key("acme", name, NOW)
