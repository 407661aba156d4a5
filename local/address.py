"""The friendly address: http://127.0.0.1:<port>/v1 instead of the gateway's long one.

The emulator serves a REST API at /_aws/execute-api/<id>/<stage>, and at a custom domain. A domain
named 127.0.0.1 with the base path v1 gives the shortest URL there can be, of the shape that the
service has on AWS, and one that resolves everywhere: *.localhost does not in Python and Node on
macOS, nor in Python on a Linux without systemd's resolver.
"""

import boto3

from lambdas.domain.routes import STAGE
from local.emulator import endpoint_url

DOMAIN = "127.0.0.1"


def publish(port: int) -> str:
    """Map the address to the one REST API in the emulator; the service's base URL."""
    gateway = boto3.client("apigateway")
    (api,) = gateway.get_rest_apis()["items"]
    gateway.create_domain_name(domainName=DOMAIN)
    gateway.create_base_path_mapping(
        domainName=DOMAIN, basePath=STAGE, restApiId=api["id"], stage=STAGE
    )
    return f"{endpoint_url(port)}/{STAGE}"
