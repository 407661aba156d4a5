"""The functions' code where the template takes its bucket and key instead of a CDK asset."""

from aws_cdk import CfnParameter, Stack
from aws_cdk import aws_lambda as lambda_

BUCKET_PARAMETER, KEY_PARAMETER = "CodeBucket", "CodeKey"


def published_code(stack: Stack, key: str) -> lambda_.Code:
    """Code whose place is two parameters of the template. `key` is the second one's default.

    CloudFormation updates a function only when its key changes, so every other zip needs another.
    """
    bucket = CfnParameter(
        stack,
        BUCKET_PARAMETER,
        allowed_pattern=r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        description="The S3 bucket, in the stack's region, that holds the functions' zip.",
    )
    object_key = CfnParameter(
        stack, KEY_PARAMETER, default=key, description="The key of the functions' zip in it."
    )
    return lambda_.Code.from_cfn_parameters(bucket_name_param=bucket, object_key_param=object_key)
