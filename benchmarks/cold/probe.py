"""One cold start, in a process of its own: import a handler from a bundle and call it once.

    python -B -E -s probe.py BUNDLE MODULE EVENT.json      prints its times as JSON

MODULE `bare` imports and calls nothing: the runtime alone. Runs without the checkout's packages, as
on Lambda: only the bundle is on the path, and no byte-code is written.
"""

import json
import os
import sys
import time
from importlib import import_module


class Context:
    """What Lambda passes beside the event, as far as it is read."""

    function_name = "cold"
    memory_limit_in_mb = 1769
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:cold"
    aws_request_id = "e1506fd5-9e7b-434f-bd42-4f8fa224b599"

    def get_remaining_time_in_millis(self) -> int:
        return 29_000


def main() -> None:
    bundle, module, event_path = sys.argv[1:]
    sys.path[0] = bundle  # in place of this file's folder
    with open(event_path) as file:  # noqa: PTH123  # pathlib is not for the measured process
        event = json.load(file)
    runtime_ms = time.process_time() * 1e3
    started = time.perf_counter()
    if module == "bare":
        imported = called = started
    else:
        handler = import_module(module).handler
        imported = time.perf_counter()
        answer = handler(event, Context())
        called = time.perf_counter()
        refuse(answer)
    told = {
        "runtime_ms": runtime_ms,
        "cpu_ms": time.process_time() * 1e3 - runtime_ms,
        "import_ms": (imported - started) * 1e3,
        "call_ms": (called - imported) * 1e3,
    }
    print(json.dumps(told), file=sys.stderr, flush=True)
    os._exit(0)  # Lambda freezes the process; what Python does at its end is not in a cold start


def refuse(answer: object) -> None:
    """A call that failed measures nothing."""
    if isinstance(answer, dict):
        denied = "Deny" in json.dumps(answer.get("policyDocument", ""))
        if answer.get("statusCode", 200) >= 400 or answer.get("batchItemFailures") or denied:
            sys.exit(f"the first call failed: {answer}")


if __name__ == "__main__":
    main()
