"""The template and the zip, deployed by the AWS command line alone, as docs/deploy.md has it."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from infra.config import Config
from local.layout import ROOT
from release.deployable import synthesize
from tests.contract.lines import batch
from tests.release.conftest import Release, run

AWS = ROOT / ".local" / "release" / "bin" / "aws"
BUCKET = "my-code"
DEPLOY_TIMEOUT_S = 240


@pytest.fixture(scope="session")
def outputs(release: Release, emulator: dict[str, str]) -> dict[str, str]:
    """Of the stack, deployed with the documented commands."""

    def aws(*words: str | Path) -> str:
        return run(AWS, *words, env=emulator, timeout=DEPLOY_TIMEOUT_S)

    aws("s3", "mb", f"s3://{BUCKET}")
    aws("s3", "cp", release.functions, f"s3://{BUCKET}/")
    aws(
        *("cloudformation", "deploy", "--stack-name", "Linegate"),
        *("--template-file", release.template, "--s3-bucket", BUCKET),
        *("--capabilities", "CAPABILITY_IAM"),
        *("--parameter-overrides", f"CodeBucket={BUCKET}"),
    )
    described = aws("cloudformation", "describe-stacks", "--stack-name", "Linegate")
    (stack,) = json.loads(described)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def test_the_stock_client_uploads_to_what_was_deployed(
    outputs: dict[str, str], emulator: dict[str, str]
) -> None:
    words = ("keys", "create", "--account", "acme", "--name", "laptop", "--stack-name", "Linegate")
    created = run(sys.executable, "-m", "linegate", *words, env=emulator)
    found = re.search(r"lg_[a-z0-9]{16}_[A-Za-z0-9_-]{43}", created)
    assert found, created
    with OpenAI(base_url=outputs["BaseUrl"], api_key=found[0], max_retries=0) as client:
        content = batch(3)
        file = client.files.create(file=("requests.jsonl", content), purpose="batch")
        assert file.status == "processed"
        assert client.files.content(file.id).read() == content
        assert file.expires_at is not None
        assert file.expires_at - file.created_at == 7_200  # the setting it was built with


def test_the_template_has_nothing_of_the_cdks_bootstrap(release: Release) -> None:
    text = release.template.read_text()
    template = json.loads(text)
    assert set(template["Parameters"]) == {"CodeBucket", "CodeKey"}
    assert template["Parameters"]["CodeKey"]["Default"] == release.functions.name
    assert "Rules" not in template
    assert not re.search("cdk-|bootstrap|AssetParameters", text, re.IGNORECASE)


def test_the_template_differs_from_the_cdks_in_the_codes_place_alone() -> None:
    context: dict[str, Any] = {}
    config = Config.from_context(context)
    published = synthesize(config, context, "functions.zip")
    bootstrapped = synthesize(config, context, None)
    code = {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": {"Ref": "CodeKey"}}
    functions = 0
    for logical_id, resource in published["Resources"].items():
        if resource["Type"] == "AWS::Lambda::Function":
            functions += 1
            assert resource["Properties"]["Code"] == code
            resource["Properties"]["Code"] = None
            bootstrapped["Resources"][logical_id]["Properties"]["Code"] = None
    assert functions >= 6
    for part in ("Description", "Resources", "Outputs"):
        assert published[part] == bootstrapped[part]
