"""steadybatch: every request is checked off. It wants JSON, and gets a sentence here."""

import json

from steadybatch import Request, Runner
from steadybatch.providers.openai_batch import OpenAIBatch

requests = [
    Request(key=str(number), messages=[{"role": "user", "content": f"Hello {number}"}])
    for number in range(5)
]
report = Runner(OpenAIBatch(), "reference", poll_every=1, max_attempts=1).run(requests)
assert (report.batches_submitted, report.lines_missing, report.lines_errored) == (1, 0, 0), report
print(json.dumps([result.text for result in report.results]))
