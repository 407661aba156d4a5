"""The recorded events, told of other objects and records: what AWS hands to the functions."""

import copy
import json
import time
from pathlib import Path
from typing import Any

from lambdas.domain.file import FileRecord
from lambdas.stores.file_item import file_item

Event = dict[str, Any]

_EVENTS = Path(__file__).parent / "events"


def recorded(name: str) -> Event:
    """The event of that name in `events`, as it was recorded; a new one for each call."""
    event: Event = json.loads((_EVENTS / f"{name}.json").read_text())
    return event


def notification(object_key: str) -> str:
    """What S3 sends to the queue once it has joined the parts of this object."""
    event = recorded("object_created")
    event["Records"][0]["s3"]["object"]["key"] = object_key
    return json.dumps(event)


def queued(*bodies: str) -> Event:
    """What the queue hands to the finalizer: messages `m0`, `m1`, … of these bodies."""
    event = recorded("sqs_object_created")
    message = event["Records"].pop()
    for number, body in enumerate(bodies):
        event["Records"].append(copy.deepcopy(message) | {"messageId": f"m{number}", "body": body})
    return event


def created(*object_keys: str) -> Event:
    """What the queue hands to the finalizer after S3 joined the parts of these objects."""
    return queued(*map(notification, object_keys))


def removed(*records: FileRecord) -> Event:
    """What the table's stream hands to the reaper after these records went, as `0`, `1`, …"""
    event = recorded("stream_remove")
    change = event["Records"].pop()
    for number, record in enumerate(records):
        seen = copy.deepcopy(change)
        seen["dynamodb"] |= {
            "ApproximateCreationDateTime": int(time.time()),
            "OldImage": file_item(record),
            "SequenceNumber": str(number),
        }
        event["Records"].append(seen)
    return event
