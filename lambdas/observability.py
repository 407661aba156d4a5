"""Structured logs and metrics. Never given keys, file content, file names or signed URLs."""

from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics(namespace="Linegate")
