"""Own metrics tell the deployments of one account apart."""

import json
import os
import subprocess
import sys

PROGRAM = """
from lambdas.observability import count_each, metrics

@metrics.log_metrics
def handler(event, context):
    metrics.add_metric("FilesChecked", "Count", 1)
    count_each("LineErrors", "code", {"invalid_url": 2})

handler({}, None)
"""


def test_every_metric_carries_the_stacks_name_and_the_functions() -> None:
    told = {
        "LINEGATE_STACK_NAME": "Second",
        "POWERTOOLS_SERVICE_NAME": "finalizer",
        "AWS_REGION": "eu-west-1",
    }
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        check=True,
    )
    written = [json.loads(line) for line in run.stdout.splitlines()]
    names = {
        metric["Name"] for e in written for metric in e["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    }
    assert names == {"FilesChecked", "LineErrors"}
    for entry in written:
        (dimensions,) = entry["_aws"]["CloudWatchMetrics"][0]["Dimensions"]
        assert {"stack", "service"} <= set(dimensions)
        assert (entry["stack"], entry["service"]) == ("Second", "finalizer")
