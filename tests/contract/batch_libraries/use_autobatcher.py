"""autobatcher: calls of an async client, collected into a batch."""

import asyncio
import json
import os

from autobatcher import BatchOpenAI


async def main() -> None:
    client = BatchOpenAI(
        base_url=os.environ["OPENAI_BASE_URL"],  # it reads neither of the two by itself
        api_key=os.environ["OPENAI_API_KEY"],
        completion_window="24h",
        batch_window_seconds=0.5,
        poll_interval_seconds=0.5,
    )
    calls = [
        client.chat.completions.create(
            model="reference", messages=[{"role": "user", "content": f"Hello {number}"}]
        )
        for number in range(5)
    ]
    answers = await asyncio.gather(*calls)
    embedding = await client.embeddings.create(model="reference", input="Hello")
    assert len(embedding.data[0].embedding) == 8
    print(json.dumps([answer.choices[0].message.content for answer in answers]))
    await client.close()


asyncio.run(main())
