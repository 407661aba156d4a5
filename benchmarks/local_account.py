"""Clients of the local stack for benchmarks: each name is an account of its own."""

import time

import httpx

from lambdas.stores import key_table
from linegate.api_keys import new_api_key
from local.stack import Stack

TIMEOUT_S = 300
"""So long that a slow machine fails no request: what counts is what is answered."""


def account_client(stack: Stack, account: str) -> httpx.Client:
    """An HTTP client with a fresh key of this account."""
    headers = {"Authorization": f"Bearer {account_key(account)}"}
    return httpx.Client(base_url=stack.base_url, headers=headers, timeout=TIMEOUT_S)


def account_key(account: str) -> str:
    """A fresh API key of this account, written to the local stack's keys table."""
    key, text = new_api_key(account, "benchmark", int(time.time()))
    key_table.put(key)
    return text
