"""The CDK app: one stack, from the deployer's parameters in the CDK context (infra/config.py)."""

import sys

import aws_cdk as cdk

from infra.bundling_error import BundlingError
from infra.config import Config, ConfigError
from infra.stack import LinegateStack

app = cdk.App()
try:
    config = Config.from_context(app.node.get_all_context())
    LinegateStack(app, config.stack_name, config)
except (ConfigError, BundlingError) as error:
    sys.exit(f"linegate: {error}")
app.synth()
