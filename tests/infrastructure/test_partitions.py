"""The template deploys into every partition: nothing in it names one, or a partition's host."""

import json
import re

from tests.infrastructure.template import Template

GLOBAL_PRINCIPALS = {
    f"{service}.amazonaws.com" for service in ("apigateway", "events", "lambda", "s3", "sns")
}
"""Service principals that are the same in every partition (IAM User Guide, principals)."""


def test_no_arn_names_a_partition(everything: Template) -> None:
    given = "arn:aws:acm:eu-west-1:111111111111:certificate/0aa0"
    text = json.dumps(everything.body["Resources"]).replace(given, "")
    assert re.findall(r"arn:aws[a-z-]*:", text) == []


def test_no_host_names_a_partition(everything: Template) -> None:
    hosts = re.findall(r"[a-z0-9.-]*amazonaws\.com", json.dumps(everything.body))
    assert set(hosts) <= GLOBAL_PRINCIPALS
