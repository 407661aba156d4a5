"""AWS's unit prices, in USD, that documents calculate with. Each is named, dated and of one region.

List prices without free tiers and discounts, from the services' public pricing pages. They change
seldom and differ by region: check those that matter before you rely on a result.
"""

AS_OF = "us-east-1, February 2026"

GATEWAY_REQUEST = 3.50 / 1e6
"""Of a REST API, the first 333 million of a month."""

LAMBDA_ARM_GB_S = 0.0000133334
LAMBDA_REQUEST = 0.20 / 1e6

SNAPSTART_CACHE_GB_S = 0.0000015046
"""By the memory of each published version, for as long as it exists, at least three hours."""

SNAPSTART_RESTORE_GB = 0.0001397998
"""By the memory of each execution environment that is restored."""

DYNAMODB_WRITE = 0.625 / 1e6
DYNAMODB_READ = 0.125 / 1e6
"""A capacity unit, on demand."""

DYNAMODB_GB_MONTH = 0.25
DYNAMODB_PITR_GB_MONTH = 0.20

S3_GB_MONTH = 0.023
"""Standard, the first 50 TB. GB are 2^30 bytes."""

S3_PUT = 0.005 / 1e3
"""PUT, POST and LIST, so each part of an upload and each ListParts. DELETE and abort are free."""

S3_GET = 0.0004 / 1e3
"""GET and HEAD."""

EGRESS_GB = 0.09
"""From S3 or API Gateway to the internet, the first 10 TB of a month."""

EGRESS_REGION_GB = 0.02
"""To most other regions of AWS."""

SQS_REQUEST = 0.40 / 1e6
FREE_SQS_REQUESTS = 1_000_000
"""Of an AWS account, every month."""

LOGS_GB = 0.50
"""Written to CloudWatch Logs."""

INSIGHTS_GB = 0.005
"""Read by a Logs Insights query."""

ALARM_MONTH = 0.10
"""A standard-resolution alarm on one metric."""

FREE_ALARMS = 10
DASHBOARD_MONTH = 3.00
FREE_DASHBOARDS = 3
"""Of an AWS account, all its stacks together; each up to 50 metrics."""

FREE_DASHBOARD_METRICS = 50
CUSTOM_METRIC_MONTH = 0.30
"""By the hour, for hours in which it is written."""
