"""batch-openai: a builder, a job, results."""

import json

from batch_openai import BatchRequestBuilder
from openai import OpenAI

client = OpenAI()
builder = BatchRequestBuilder()
for number in range(5):
    builder.add(
        messages=[{"role": "user", "content": f"Hello {number}"}],
        model="reference",
        custom_id=f"request-{number}",
    )
job = builder.submit(client, description="five")
result = job.wait(poll_interval=1)
assert not result.failed, result.failed
by_id = {item.custom_id: item.content for item in result.succeeded}
print(json.dumps([by_id[f"request-{number}"] for number in range(5)]))
