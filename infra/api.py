"""The REST API: routes, authorizer, stage, access log, custom domain.

A REST API and not an HTTP API: its own errors can be shaped, it answers without a function, and it
matches paths strictly, so that no path gets around the authorizer.
"""

from aws_cdk import Aws, Duration, Tags
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53
from constructs import Construct

from infra.account_throttle import add_account_throttle
from infra.config import Config
from infra.firewall import Firewall
from infra.functions import Functions
from infra.gateway_responses import add_gateway_responses
from infra.mock_integrations import add_preflight, add_warming
from infra.parameter import LOG_RETENTION_DAYS
from infra.permissions import FunctionName
from infra.removal import removal_policy
from lambdas.domain.routes import CONSOLE_ROUTES, STAGE, routes

"""So that `https://<host>/v1/files` needs no second prefix."""

EMULATOR_ID_TAG = "ms-custom-id"
"""The emulator's name for an API: without it each deployment would have another address."""

ACCESS_LOG_FIELDS = {
    "request_id": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "ip": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "refused": "$context.error.responseType",
    "bytes": "$context.responseLength",
    "duration_ms": "$context.responseLatency",
    "account": "$context.authorizer.account",
    "key_id": "$context.authorizer.key_id",
}
"""No header, no query and no error message: the last can quote a key, and no client's text may
forge a field."""


class Api(Construct):
    """`base_url` is what a client is given; `origin` is its scheme and host."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        config: Config,
        functions: Functions,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.rest_api = apigateway.RestApi(
            self,
            "RestApi",
            rest_api_name=config.stack_name,
            description="Files API for batch inference",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            # Bytes come back as they are, whatever a client's Accept header says.
            binary_media_types=["*/*"],
            # With a domain of one's own nobody gets around its TLS policy by the API's address.
            disable_execute_api_endpoint=True if config.domain_name else None,
            api_key_source_type=apigateway.ApiKeySourceType.AUTHORIZER
            if config.account_rate
            else None,
            cloud_watch_role=False,  # a setting of the whole region, which is not ours to change
            deploy_options=self._stage_options(config, key),
        )
        self.rest_api.node.try_remove_child("Endpoint")  # an output of the CDK's; ours is BaseUrl
        if config.api_id is not None:
            Tags.of(self.rest_api).add(EMULATOR_ID_TAG, config.api_id)
        add_gateway_responses(self.rest_api, config)
        self._add_routes(config, functions)
        add_account_throttle(self, self.rest_api.deployment_stage, config)
        if config.firewall:
            Firewall(self, "Firewall", config, self.rest_api.deployment_stage.stage_arn)
        self.domain = self._custom_domain(config)
        self.origin = self._origin(config)
        self.base_url = self._base_url(config)

    def _stage_options(self, config: Config, key: kms.IKey | None) -> apigateway.StageOptions:
        if not config.access_logs:
            destination, log_format = None, None
        else:
            log_group = logs.LogGroup(
                self,
                "AccessLogs",
                encryption_key=key,
                retention=LOG_RETENTION_DAYS[config.log_retention_days],
                removal_policy=removal_policy(config),
            )
            destination = apigateway.LogGroupLogDestination(log_group)
            fields = ",".join(f'"{name}":"{value}"' for name, value in ACCESS_LOG_FIELDS.items())
            log_format = apigateway.AccessLogFormat.custom(f"{{{fields}}}")
        return apigateway.StageOptions(
            stage_name=STAGE,
            throttling_rate_limit=config.throttle_rate,
            throttling_burst_limit=config.throttle_burst,
            metrics_enabled=config.route_metrics or None,
            tracing_enabled=config.tracing or None,
            method_options={
                f"{route.path}/{route.method}": apigateway.MethodDeploymentOptions(
                    throttling_rate_limit=route.rate,
                    throttling_burst_limit=route.burst,
                    metrics_enabled=config.route_metrics or None,
                )
                for route in config.route_throttles
            },
            access_log_destination=destination,
            access_log_format=log_format,
        )

    def _add_routes(self, config: Config, functions: Functions) -> None:
        authorizer = apigateway.RequestAuthorizer(
            self,
            "Authorizer",
            handler=functions.called(FunctionName.AUTHORIZER),
            identity_sources=[apigateway.IdentitySource.header("Authorization")],
            results_cache_ttl=Duration.seconds(config.authorizer_cache_s),
        )
        served = routes(with_batches=config.batches, with_console=config.console)
        integrations = {
            name: apigateway.LambdaIntegration(
                functions.called(name),
                scope_permission_to_method=False,  # one permission for this API, not one a route
            )
            for name in {FunctionName(route.function) for route in served if route.function}
        }
        for route in served:
            resource = self.rest_api.root.resource_for_path(route.path)
            if route.function is None:
                add_warming(resource)
            elif route.public:
                resource.add_method(
                    route.method,
                    integrations[FunctionName(route.function)],
                    authorization_type=apigateway.AuthorizationType.NONE,
                )
            else:
                resource.add_method(
                    route.method,
                    integrations[FunctionName(route.function)],
                    authorization_type=apigateway.AuthorizationType.CUSTOM,
                    authorizer=authorizer,
                    api_key_required=True if config.account_rate else None,  # names a counter
                )
        if config.allowed_origins:
            shared = [route for route in served if route not in CONSOLE_ROUTES]
            for path in dict.fromkeys(route.path for route in shared):
                methods = [route.method for route in shared if route.path == path]
                add_preflight(self.rest_api.root.resource_for_path(path), methods, config)

    def _custom_domain(self, config: Config) -> apigateway.DomainName | None:
        if config.domain_name is None or config.certificate_arn is None:
            return None
        domain = apigateway.DomainName(
            self,
            "Domain",
            domain_name=config.domain_name,
            certificate=acm.Certificate.from_certificate_arn(
                self, "Certificate", config.certificate_arn
            ),
            endpoint_type=apigateway.EndpointType.REGIONAL,
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
        )
        domain.add_base_path_mapping(
            self.rest_api, base_path=STAGE, stage=self.rest_api.deployment_stage
        )
        if config.hosted_zone_id is not None:
            route53.CfnRecordSet(
                self,
                "DomainRecord",
                hosted_zone_id=config.hosted_zone_id,
                name=config.domain_name,
                type="A",  # a regional domain has IPv4 addresses only
                alias_target=route53.CfnRecordSet.AliasTargetProperty(
                    dns_name=domain.domain_name_alias_domain_name,
                    # API Gateway's own zone in this region, not the domain's.
                    hosted_zone_id=domain.domain_name_alias_hosted_zone_id,
                ),
            )
        return domain

    def _base_url(self, config: Config) -> str:
        stage = self.rest_api.deployment_stage.stage_name
        if config.local:
            return f"{self.origin}/_aws/execute-api/{self.rest_api.rest_api_id}/{stage}"
        return f"{self.origin}/{stage}"

    def _origin(self, config: Config) -> str:
        """Of the API and so of the console's page. It depends on no other resource than the API."""
        if config.local:
            return config.local_endpoint
        if config.domain_name is not None:
            return f"https://{config.domain_name}"
        return f"https://{self.rest_api.rest_api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}"
