"""Brings the service up in the emulator and down again: what start, up and down have in common."""

import dataclasses
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from local import (
    address,
    deployment,
    emulator,
    first_key,
    ignored_properties,
    model_endpoint,
    stack,
)
from local.errors import LocalError
from local.layout import EMULATOR_PYTHON
from local.stack import Stack

Say = Callable[[str], None]


def bring_up(port: int, settings: Mapping[str, str], *, attached: bool, say: Say) -> Stack:
    """Start the emulator and, where anything changed, deploy. Raises LocalError.

    Attached, the service ends with this process at the latest. Nothing is left running after a
    failure. This process's environment points at the emulator from here on.
    """
    if not EMULATOR_PYTHON.exists():
        raise LocalError("the emulator is not installed: run make setup")
    pid = emulator.start(port, attached=attached)
    try:
        return _complete(pid, port, settings, say)
    except BaseException:
        with suppress(KeyboardInterrupt):
            emulator.stop(pid, port)
        emulator.kill(pid)
        raise


def refresh(running: Stack, settings: Mapping[str, str], say: Say) -> Stack:
    """Deploy into the emulator that runs already, if anything changed. Raises LocalError."""
    if running.pid is None:
        raise LocalError("nothing is running: run make up")
    return _complete(running.pid, running.port, settings, say)


def _complete(pid: int, port: int, settings: Mapping[str, str], say: Say) -> Stack:
    """Deploy where needed, then make sure of the address and the key, and write it all down."""
    known = stack.last()
    os.environ.update(emulator.aws_environment(port))
    outputs = _deployed_outputs(port, settings, say)
    os.environ["LINEGATE_KEYS_TABLE"] = outputs["KeysTable"]
    base_url = address.publish(port)
    result = Stack(
        base_url=base_url,
        api_key=first_key.ensure(known.api_key if known else None),
        account=first_key.ACCOUNT,
        port=port,
        endpoint_url=emulator.endpoint_url(port),
        region=emulator.REGION,
        files_table=outputs["FilesTable"],
        keys_table=outputs["KeysTable"],
        bucket=outputs["Bucket"],
        finalizer_queue_url=outputs["FinalizerQueueUrl"],
        dead_letter_queue_url=outputs["DeadLetterQueueUrl"],
        console_url=f"{base_url}/console" if "ConsoleUrl" in outputs else None,
        model_url=model_endpoint.server_url(port),
        pid=pid,
    )
    stack.keep(result)
    return result


def _deployed_outputs(port: int, settings: Mapping[str, str], say: Say) -> dict[str, str]:
    outputs = deployment.current_outputs(port, settings)
    if outputs is not None:
        return outputs
    started = time.monotonic()
    say("Building the functions and the template …")
    deployment.synthesize(port, settings)
    say("Deploying the stack into the emulator …")
    outputs = deployment.deploy(port, settings)
    model_endpoint.store_key()
    ignored_properties.apply()
    say(f"Deployed in {time.monotonic() - started:.0f} s.")
    return outputs


def bring_down(running: Stack) -> None:
    """End the service; its state and its key stay for the next time."""
    if running.pid is not None:
        emulator.stop(running.pid, running.port)
    stack.keep(dataclasses.replace(running, pid=None))
