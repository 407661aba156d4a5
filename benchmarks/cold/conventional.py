"""The same route as a tutorial has it: what a team would deploy without looking at cold starts.

boto3's clients, Powertools' Logger, Metrics and resolver with validation, a pydantic model. It runs
from the same bundle, so it has its byte-code and its trimmed data, and neither boto3's resources
nor Powertools' Tracer, which the bundle has not: a real one starts slower.
"""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

logger = Logger()
metrics = Metrics()
app = APIGatewayRestResolver(enable_validation=True)
dynamodb = boto3.client("dynamodb")
s3 = boto3.client("s3")


class File(BaseModel):
    id: str
    bytes: int


@app.post("/files")
def create() -> File:
    body = app.current_event.decoded_body or ""
    s3.put_object(Bucket=os.environ["LINEGATE_BUCKET"], Key="files/1", Body=body.encode())
    dynamodb.put_item(
        TableName=os.environ["LINEGATE_FILES_TABLE"],
        Item={"PK": {"S": "ACCOUNT#acme"}, "SK": {"S": "FILE#1"}, "bytes": {"N": str(len(body))}},
    )
    return File(id="1", bytes=len(body))


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    metrics.add_metric("Files", MetricUnit.Count, 1)
    return app.resolve(event, context)
