"""AWS's unit prices, in USD, that documents calculate with. Each is named, dated and of one region.

List prices without free tiers and discounts, from the services' public pricing pages. They change
seldom and differ by region: check those that matter before you rely on a result.
"""

AS_OF = "us-east-1, February 2026"

ALARM_MONTH = 0.10
"""A standard-resolution alarm on one metric."""

FREE_ALARMS = 10
DASHBOARD_MONTH = 3.00
FREE_DASHBOARDS = 3
"""Of an AWS account, all its stacks together; each up to 50 metrics."""

FREE_DASHBOARD_METRICS = 50
CUSTOM_METRIC_MONTH = 0.30
"""By the hour, for hours in which it is written."""

INSIGHTS_GB = 0.005
"""Read by a Logs Insights query."""

LAMBDA_ARM_GB_S = 0.0000133334
LAMBDA_REQUEST = 0.20 / 1e6
