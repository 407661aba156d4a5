"""The templates against checkov's rules; what it finds and we keep is listed with its resource.

Checkov lives in .local/checkov (`make scan` installs it). Nothing is asked of the network.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.permissions import BATCH_FUNCTIONS, FunctionName
from local.layout import ROOT
from tests.infrastructure.conftest import EVERYTHING
from tests.infrastructure.template import synthesize

CHECKOV = ROOT / ".local" / "checkov" / "bin" / "checkov"

STAGE = "ApiRestApiDeploymentStagev1"
BUCKET = "StorageBucket"
QUEUES = ("Finalizer", "DeadLetters", "ReaperDeadLetters")
FUNCTIONS = [f"Functions{name.title()}Function" for name in FunctionName]
OF_BATCHES = tuple(f"Functions{name.title()}" for name in BATCH_FUNCTIONS)

VPC = "it talks to AWS alone: a VPC would add its address translation and its price, no protection"
VARIABLES = "its variables are names and limits, which AWS encrypts anyway; no secret is among them"

ACCEPTED = {
    ("CKV_AWS_18", BUCKET): "clients come with presigned URLs, and each issue of one is logged",
    ("CKV_AWS_21", BUCKET): "a version would keep the bytes of a file that its owner deleted",
    ("CKV_AWS_59", "ApiRestApiopenapijsonGET"): "the API's own description, the same for everybody",
    (
        "CKV_AWS_59",
        "ApiRestApitcpwarmingGET",
    ): "a constant that clients fetch before they have a key",
    **{
        ("CKV_AWS_59", f"ApiRestApi{route}GET"): "a page that holds nothing of any account"
        for route in ("console", "consoleasset")
    },
    ("CKV_AWS_120", STAGE): "an answer from a cache could be another account's",
    **{("CKV_AWS_117", function): VPC for function in FUNCTIONS},
    **{("CKV_AWS_173", function): VARIABLES for function in FUNCTIONS},
    # It looks at the property for asynchronous calls. The queue's and the stream's failures have
    # dead-letter queues of their own; the gateway waits for its functions.
    **{
        ("CKV_AWS_116", function): "the next run of its schedule goes on where this one failed"
        if function.startswith("FunctionsReconciler")
        else "never called asynchronously"
        for function in FUNCTIONS
    },
    **{
        ("CKV_AWS_115", f"Functions{name.title()}Function"): why
        for name, why in {
            FunctionName.FILES: "the gateway's rates bound it; a reservation takes from others",
            FunctionName.UPLOADS: "the gateway's rates bound it; a reservation takes from others",
            FunctionName.AUTHORIZER: "to bound it would be to lock out whoever has a good key",
            FunctionName.FINALIZER: "its queue's mapping bounds it: finalizer_concurrency",
            FunctionName.RECONCILER: "its schedule calls it once an hour",
            FunctionName.REAPER: "its stream has as many calls at once as the table has shards",
            FunctionName.BATCHES: "the gateway's rates bound it; a reservation takes from others",
            FunctionName.CONSOLE: "the gateway's rates bound it; a reservation takes from others",
            FunctionName.DISPATCHER: "its queue's mapping bounds it",
            FunctionName.WORKER: "its queue's mapping bounds it: batch_workers",
            FunctionName.FINISHER: "its queue's mapping bounds it",
        }.items()
    },
}

WITHOUT_KEY = "AWS's own key encrypts it; one of the deployer's costs money: customer_key"
WITHOUT_OPTIONS = {
    ("CKV_AWS_76", STAGE): "they need a setting of the region's: access_logs",
    ("CKV_AWS_73", STAGE): "traces cost money and hold paths with ids: tracing",
    **{("CKV_AWS_158", f"Functions{n.title()}Logs"): WITHOUT_KEY for n in FunctionName},
    **{("CKV_AWS_27", f"Queues{queue}"): WITHOUT_KEY for queue in QUEUES},
    **{("CKV_AWS_119", table): WITHOUT_KEY for table in ("StorageFilesTable", "StorageKeysTable")},
}


def without_batches(accepted: dict[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """What a deployment without a model endpoint is found with."""
    return {found: why for found, why in accepted.items() if not found[1].startswith(OF_BATCHES)}


@pytest.mark.parametrize(
    ("context", "accepted"),
    [({}, without_batches(ACCEPTED | WITHOUT_OPTIONS)), (EVERYTHING, ACCEPTED)],
    ids=["default", "all"],
)
def test_checkov_finds_exactly_what_is_accepted(
    context: dict[str, str], accepted: dict[tuple[str, str], str]
) -> None:
    template = synthesize(**context).file
    try:
        assert found(template) == set(accepted)
    finally:
        shutil.rmtree(template.parent)


def found(template: Path) -> set[tuple[str, str]]:
    """Failed checks with their resource's logical id, its hash cut off."""
    command = [str(CHECKOV), "--framework", "cloudformation", "--file", str(template)]
    options = ["--quiet", "--compact", "--skip-download", "--output", "json"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 0
    return {
        (check["check_id"], re.sub(r"[0-9A-F]{8}$", "", check["resource"].split(".")[-1]))
        for check in report["results"]["failed_checks"]
    }
