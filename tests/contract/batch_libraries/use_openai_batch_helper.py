"""openai-batch-helper: lines, a file, a job."""

import json

from openai_batch_helper import BatchHelper

job = BatchHelper(endpoint="/v1/chat/completions", completion_window="24h").init_job()
for number in range(5):
    body = {"model": "reference", "messages": [{"role": "user", "content": f"Hello {number}"}]}
    job.add_line(
        {
            "custom_id": f"request-{number}",
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": body,
        }
    )
job.submit_file().submit_batch_job(metadata={"library": "helper"}).wait_for_completion(
    poll_seconds=1
)
lines = sorted(job.iter_results(job.download_result()), key=lambda line: line["custom_id"])
said = [line["response"]["body"]["choices"][0]["message"]["content"] for line in lines]
print(json.dumps(said))
