"""The templates against cfn-lint and cdk-nag; what nag finds and we keep is listed with why."""

import json
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks

from infra.permissions import FunctionName
from lambdas.domain.routes import BATCH_ROUTES, CONSOLE_ROUTES, ROUTES, Route
from tests.infrastructure.conftest import EVERYTHING
from tests.infrastructure.template import Template, stack

FILE_OBJECTS = "IAM5[Resource::<StorageBucket5CB7C8EA.Arn>/files/*]"
PART_OBJECTS = "IAM5[Resource::<StorageBucket5CB7C8EA.Arn>/parts/*]"
TABLE_STREAMS = "IAM5[Resource::<StorageFilesTableE241C1C4.Arn>/stream/*]"
BATCH_OBJECTS = "IAM5[Resource::<StorageBucket5CB7C8EA.Arn>/batches/*]"
OBJECTS_WHY = "any object of the folder: keys are made at run time, and the actions are exact"

ACCEPTED = {
    ("Storage/Bucket", "S1"): "clients come with presigned URLs, and each issue of one is logged",
    ("Queues/ReaperDeadLetters", "SQS3"): "it is one itself, of a stream and not of a queue",
    ("Functions/Files/Role", FILE_OBJECTS): OBJECTS_WHY,
    ("Functions/Uploads/Role", FILE_OBJECTS): OBJECTS_WHY,
    ("Functions/Uploads/Role", PART_OBJECTS): OBJECTS_WHY,
    ("Functions/Finalizer/Role", FILE_OBJECTS): OBJECTS_WHY,
    ("Functions/Reaper/Role", FILE_OBJECTS): OBJECTS_WHY,
    ("Functions/Reaper/Role", PART_OBJECTS): OBJECTS_WHY,
    ("Functions/Reconciler/Role", FILE_OBJECTS): OBJECTS_WHY,
    ("Functions/Reconciler/Role", PART_OBJECTS): OBJECTS_WHY,
    ("Functions/Reaper/Role", TABLE_STREAMS): "ListStreams is asked before a stream is known",
    (
        "Api/RestApi",
        "APIG2",
    ): "the functions check requests, and their answers say what is wrong",
    ("Api/RestApi/DeploymentStage.v1", "APIG6"): "execution logs hold headers, and so keys",
}

WITHOUT_OPTIONS = {
    ("Api/RestApi/DeploymentStage.v1", "APIG1"): "they need a setting of the region; access_logs",
    ("Api/RestApi/DeploymentStage.v1", "APIG3"): "a firewall is the deployer's to pay; firewall",
}

PER_FUNCTION = {
    (f"Functions/{name.title()}/Function", "L1"): "the runtime is the Python that compiled the code"
    for name in FunctionName
}

WITH_BATCHES = {
    ("Functions/Dispatcher/Role", FILE_OBJECTS): OBJECTS_WHY,
    ("Functions/Dispatcher/Role", BATCH_OBJECTS): OBJECTS_WHY,
    ("Functions/Worker/Role", BATCH_OBJECTS): OBJECTS_WHY,
    ("Functions/Finisher/Role", FILE_OBJECTS): OBJECTS_WHY,
    ("Functions/Finisher/Role", BATCH_OBJECTS): OBJECTS_WHY,
}


def per_route(*routes: Route) -> dict[tuple[str, str], str]:
    place = "Api/RestApi/Default{0.path}/{0.method}"
    keys = {(place.format(route), "COG4"): "keys are ours, not a user pool's" for route in routes}
    return keys | {
        (place.format(route), "APIG4"): "holds nothing of any account"
        for route in routes
        if route.public
    }


BY_DEFAULT = ACCEPTED | WITHOUT_OPTIONS | per_route(*ROUTES, *CONSOLE_ROUTES)
WITH_EVERYTHING = (
    ACCEPTED
    | WITH_BATCHES
    | per_route(*ROUTES, *BATCH_ROUTES, *CONSOLE_ROUTES)
    | {
        (f"Functions/{name.title()}/Role", "IAM5[Resource::*]"): "X-Ray has no resources; tracing"
        for name in FunctionName
    }
)


@pytest.mark.parametrize("fixture", ["template", "everything", "local"])
def test_cfn_lint_finds_nothing(fixture: str, request: pytest.FixtureRequest) -> None:
    template: Template = request.getfixturevalue(fixture)
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--regions", "eu-west-1", "--"]
    done = subprocess.run(
        [*command, str(template.file)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("context", "accepted"),
    [({}, BY_DEFAULT), (EVERYTHING, WITH_EVERYTHING)],
    ids=["default", "all"],
)
def test_nag_finds_exactly_what_is_accepted(
    tmp_path: Path, context: dict[str, str], accepted: dict[tuple[str, str], str]
) -> None:
    app = stack(context, tmp_path).node.root
    assert isinstance(app, cdk.App)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with pytest.raises(RuntimeError, match="ValidationFailed"):  # for the accepted ones too
        app.synth()
    (report,) = json.loads((tmp_path / "validation-report.json").read_text())["pluginReports"]
    found = {
        (
            construct["constructPath"].removeprefix("Linegate/").removesuffix("/Resource"),
            violation["ruleName"].removeprefix("AwsSolutions-"),
        )
        for violation in report["violations"]
        for construct in violation["violatingConstructs"]
    }
    assert found - set(PER_FUNCTION) == set(accepted)
