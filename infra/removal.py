"""What happens to stored data when the stack changes or goes."""

from aws_cdk import RemovalPolicy

from infra.config import Config


def removal_policy(config: Config) -> RemovalPolicy:
    """What happens to stored data when its resource leaves the stack.

    Kept data survives deletion and replacement, but not the rollback of the deployment that created
    it: nothing is stored yet then, and what stayed behind would belong to no stack.
    """
    return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if config.retained else RemovalPolicy.DESTROY
