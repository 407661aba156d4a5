"""Makes the four shapes of batch file that the check is measured on.

    python -m benchmarks.shapes [A] [B] [C] [D]

A  50,000 chat requests of about 4 KB, 210 MB: long conversations
B  50,000 chat requests of about 350 bytes, 18 MB: short questions
C  200 chat requests of 1 MB, 200 MB: pictures in base64
D  embeddings requests of token ids and of numbers, 100 MB

Text is mostly English with some of other scripts; every tenth conversation is mostly another
script; three lines in ten write those as escapes. The same shape has the same bytes every time.
"""

import base64
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

FOLDER = Path("data")
CHAT_REQUESTS = 50_000
PICTURE_REQUESTS = 200
NUMBERS_BYTES = 100_000_000


def words(spaced: str) -> list[str]:
    return spaced.split()


PLAIN = words(
    "a about after again all also an and any are as at average back be before best between both "
    "but by can carrier case change check city claim clear close colour compare contract copy "
    "cost could country daily damage date deliver describe did different do does each early else "
    "email end every example explain fact few field find first five follow for form found four "
    "from full get give good group had has have he help her here his home hour how if in insured "
    "into is it item its keep kind label language last late less letter like list long made main "
    "make many match may mean message month more most much must name need never new next no not "
    "note now number of offer on one only open or order other our out over own page paid part "
    "party place plan please point policy price product question quote rate read reason refund "
    "report request result return right rule same say see send sentence set she shipment short "
    "should show side since small so some speak start state step still story sum table take tell "
    "term text than that the their them then there these they thing think this those three time "
    "title to tone topic true two type under until up us use value very was way we week well were "
    "what when where which while who why will with word work would write year yes you your"
)
FOREIGN = words(
    "déjà Straße œuvre señal coração Köln „Zitat“ «avis» — … £40 ±3 λόγος доставка вопросы שלום "
    "سعر السؤال मूल्य ราคา giá 価格 配送状況の確認 お問い合わせ 订单号码 退款请求 배송조회"
    " 📦 ✅ 🚚"
)
ESCAPED = [
    '"quoted"',
    "D:\\orders\\new",
    "first\nsecond",
    "a\tb",
    '["x", 1]',
    "\n\n",
    "\n* ",
    "</p>",
]


def text(random: Random, chars: int, foreign: float) -> str:
    """About `chars` characters of words, of which a share is foreign and a few need escapes."""
    chosen: list[str] = []
    length = 0
    while length < chars:
        draw = random.random()
        if draw < foreign:
            word = random.choice(FOREIGN)
        elif draw < foreign + 0.05:
            word = random.choice(ESCAPED)
        else:
            word = random.choice(PLAIN)
        chosen.append(word)
        length += len(word) + 1
    return " ".join(chosen)


def encode(random: Random, request: dict[str, Any], *, escapes: bool) -> bytes:
    """A line; some clients write spaces after separators, some do not."""
    separators = (",", ":") if random.random() < 0.3 else (", ", ": ")
    return json.dumps(request, ensure_ascii=escapes, separators=separators).encode() + b"\n"


def request(custom_id: str, url: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"custom_id": custom_id, "method": "POST", "url": url, "body": body}


def chat(random: Random, row: int, chars: int, turns: int) -> bytes:
    """One conversation of about `chars` characters."""
    system_chars = min(200, chars // 4)
    turn_chars = max(40, (chars - 260 - system_chars) // turns)
    foreign = 0.3 if row % 10 == 0 else 0.03
    messages = [{"role": "system", "content": text(random, system_chars, 0.01)}]
    for turn in range(turns):
        role = "assistant" if turn % 2 else "user"
        messages.append({"role": role, "content": text(random, turn_chars, foreign)})
    body: dict[str, Any] = {"model": "small-chat-1", "messages": messages, "max_tokens": 800}
    if chars > 600:
        body["temperature"] = 0.2
        body["top_p"] = 0.9
        body["response_format"] = {"type": "json_object"}
        body["metadata"] = {"row": str(row), "source": "export"}
    custom_id = f"row-{row}-{random.getrandbits(32):08x}"
    made = request(custom_id, "/v1/chat/completions", body)
    return encode(random, made, escapes=row % 10 in (0, 3, 6))


def conversations(random: Random) -> Iterator[bytes]:
    for row in range(CHAT_REQUESTS):
        chars = max(800, int(random.lognormvariate(0, 0.45) * 3330))
        yield chat(random, row, chars, random.choice((1, 1, 3, 5)))


def questions(random: Random) -> Iterator[bytes]:
    for row in range(CHAT_REQUESTS):
        yield chat(random, row, 355, 1)


def pictures(random: Random) -> Iterator[bytes]:
    for row in range(PICTURE_REQUESTS):
        picture = base64.b64encode(random.randbytes(748_000)).decode()
        content = [
            {"type": "text", "text": text(random, 800, 0.04)},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{picture}"}},
        ]
        messages = [{"role": "user", "content": content}]
        body = {"model": "small-vision-1", "messages": messages, "max_tokens": 300}
        made = request(f"picture-{row}", "/v1/chat/completions", body)
        yield encode(random, made, escapes=False)


def numbers(random: Random) -> Iterator[bytes]:
    row = written = 0
    while written < NUMBERS_BYTES:
        values: list[int] | list[float]
        if row % 2:
            values = [random.uniform(-1, 1) for _ in range(500)]
        else:
            values = [random.randrange(100, 100_000) for _ in range(1500)]
        body = {"model": "small-embedding-1", "input": values, "dimensions": 256}
        line = encode(random, request(f"vector-{row}", "/v1/embeddings", body), escapes=False)
        written += len(line)
        row += 1
        yield line


SHAPES = {"A": conversations, "B": questions, "C": pictures, "D": numbers}


def write_once(path: Path, lines: Callable[[], Iterable[bytes]]) -> Path:
    """`path`, written now if it is not there yet; never left half written."""
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        unfinished = path.with_suffix(".part")
        with unfinished.open("wb") as file:
            file.writelines(lines())
        unfinished.rename(path)
    return path


def shape_path(shape: str) -> Path:
    """The file of a shape."""
    return write_once(FOLDER / f"{shape}.jsonl", lambda: SHAPES[shape](Random(f"linegate {shape}")))


if __name__ == "__main__":
    for name in sys.argv[1:] or SHAPES:
        print(shape_path(name))
