"""Random bodies for the checker: mostly right, and wrong in every way that was thought of."""

import json
from collections import Counter
from random import Random

from linegate.jsonl.limits import CheckLimits
from tests.unit.jsonl.fragments import (
    ALMOST_BLANK,
    BLANK,
    MUTANTS,
    NOT_OBJECTS,
    NOT_STRICT,
    NOT_UTF8,
    SPACES,
    STRICT,
    URLS,
)


class Generator:
    """Bodies from one seed. `made` counts what each line was made to be."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.made: Counter[str] = Counter()

    def limits(self) -> CheckLimits:
        random = self.random
        return CheckLimits(
            line_bytes=random.choice((300, 1000, 6000, 6000, 6000, 6000, 6000, 6000)),
            requests=random.choice((3, 8, 50_000, 50_000, 50_000, 50_000, 50_000)),
            request_urls=random.choice((URLS, URLS, URLS, URLS, URLS[:1], ("/é", *URLS))),
            one_model_per_file=random.random() < 0.7,
            kept_errors=random.choice((0, 1, 3, 100, 100)),
            depth=random.choice((3, 5, 64, 256, 256)),
        )

    def body(self, limits: CheckLimits) -> bytes:
        random = self.random
        make = random.choices((self.valid, self.line, self.blank), (30, 66, 4))[0]
        lines = [make(limits) for _ in range(random.randrange(1, 13))]
        ending = random.choice((b"\n", b"\n", b"\r\n"))
        body = b"".join(
            line + (ending if random.random() < 0.9 else random.choice((b"\n", b"\r\n")))
            for line in lines
        )
        if random.random() < 0.3:
            body = body.removesuffix(b"\n")
        if random.random() < 0.05:
            body = random.choice((b"\xef\xbb\xbf", b"\xff\xfe", b"\x1f\x8b")) + body
        if random.random() < 0.1:
            self.made["truncated body"] += 1
            body = body[: random.randrange(len(body) + 1)]
        return body

    def line(self, limits: CheckLimits) -> bytes:
        makers = (
            (40, self.valid),
            (12, self.wrong_fields),
            (6, self.repeated_keys),
            (8, self.not_strict),
            (4, self.not_utf8),
            (12, self.mutate),
            (3, self.blank),
            (2, self.almost_blank),
            (2, self.not_object),
            (2, self.two_values),
        )
        weights, functions = zip(*makers, strict=True)
        make = self.random.choices(functions, weights)[0]
        self.made[make.__name__] += 1
        line: bytes = make(limits)
        if self.random.random() < 0.06:
            self.made["nested at the limit"] += 1
            line = self.nest(limits.depth + self.random.randrange(-1, 3))
        if len(line) < limits.line_bytes and self.random.random() < 0.08:
            self.made["long at the limit"] += 1
            line = self.stretch(line, limits.line_bytes + self.random.randrange(-2, 4))
        return line

    # Parts of a line, as JSON text.

    def space(self) -> str:
        return self.random.choice(SPACES)

    def string(self, text: str) -> str:
        """A string's JSON, with or without escapes; escapes are allowed in names too."""
        draw = self.random.random()
        if draw < 0.1:
            return '"' + "".join(f"\\u{ord(character):04x}" for character in text) + '"'
        return json.dumps(text, ensure_ascii=draw < 0.5)

    def object(self, members: list[tuple[str, str]]) -> str:
        inside = ",".join(
            f"{self.space()}{self.string(name)}{self.space()}:{self.space()}{value}{self.space()}"
            for name, value in members
        )
        return "{" + (inside or self.space()) + "}"

    def skipped(self) -> list[tuple[str, str]]:
        """Members that the check has no rule for."""
        if self.random.random() < 0.01:
            return [("digits", "1" * 4400)]  # more than int() takes
        names = ("messages", "n", "x", "stream_options", "Model", "é", "")
        count = self.random.randrange(3)
        return [(self.random.choice(names), self.random.choice(STRICT)) for _ in range(count)]

    def body_members(self) -> list[tuple[str, str]]:
        random = self.random
        model = "m" if random.random() < 0.97 else random.choice(("n", "m ", "é" * 70, "m" * 65))
        members = [("model", self.string(model)), *self.skipped()]
        if random.random() < 0.3:
            members.append(("stream", random.choice(("false", "null", '"true"', "1", "[]"))))
        random.shuffle(members)
        return members

    def members(self, limits: CheckLimits) -> list[tuple[str, str]]:
        random = self.random
        custom_id = str(random.randrange(random.choice((20, 9_999)))) * random.choice(
            (1, 1, 1, 1, 21, 22, 33)
        )
        if random.random() < 0.05:
            custom_id = random.choice((" ", "😀", "\u2028", "é" * 64, "é" * 65, "\x00"))
        members = [
            ("custom_id", self.string(custom_id)),
            ("method", self.string("POST")),
            ("url", self.string(random.choice(limits.request_urls))),
            ("body", self.object(self.body_members())),
            *self.skipped(),
        ]
        if random.random() < 0.5:
            random.shuffle(members)
        return members

    # Lines.

    def valid(self, limits: CheckLimits) -> bytes:
        return (self.space() + self.object(self.members(limits)) + self.space()).encode()

    def wrong_value(self, name: str) -> str:
        wrong = {
            "method": ('"GET"', '"post"', '"POST "', '""'),
            "url": ('"/v1/files"', '"/v1/embeddings/"', '""', '"https://x/v1/embeddings"'),
            "stream": ("true", "true", '"x"'),
        }
        values = ("null", "1", "true", "[]", "{}", '""', "[1]", '"other"', '{"model":"m"}')
        return self.random.choice(wrong.get(name, ()) + values)

    def wrong_fields(self, limits: CheckLimits) -> bytes:
        random = self.random
        body = [*self.body_members(), ("stream", "true")]
        members = [member for member in self.members(limits) if member[0] != "body"]
        for some in (members, body):
            for index in range(len(some) - 1, -1, -1):
                draw = random.random()
                if draw < 0.2:
                    del some[index]
                elif draw < 0.4:
                    some[index] = some[index][0], self.wrong_value(some[index][0])
        members.append(("body", self.object(body)))
        if random.random() < 0.2:
            members[-1] = "body", self.wrong_value("body")
        return self.object(members).encode()

    def repeated_keys(self, limits: CheckLimits) -> bytes:
        random = self.random
        members = self.members(limits)
        body = self.body_members()
        for some in (members, body):
            for _ in range(random.randrange(3)):
                name = random.choice(some)[0]
                value = random.choice((self.wrong_value(name), random.choice(some)[1]))
                some.insert(random.randrange(len(some) + 1), (name, value))
        if random.random() < 0.5:
            members.append(("body", self.object(body)))
        return self.object(members).encode()

    def not_strict(self, limits: CheckLimits) -> bytes:
        random = self.random
        members, body = self.members(limits), self.body_members()
        some = random.choice((members, body))
        name = random.choice(("z", "custom_id", "model", "stream", "url"))
        some.insert(random.randrange(len(some) + 1), (name, random.choice(NOT_STRICT)))
        if some is body:
            members.append(("body", self.object(body)))
        return self.object(members).encode()

    def not_utf8(self, limits: CheckLimits) -> bytes:
        line = self.valid(limits)
        place = self.random.randrange(len(line) + 1)
        if self.random.random() < 0.7:
            place = line.find(b'"', place) + 1
        return line[:place] + self.random.choice(NOT_UTF8) + line[place:]

    def mutate(self, limits: CheckLimits) -> bytes:
        random = self.random
        line = bytearray(random.choice((self.valid, self.wrong_fields, self.repeated_keys))(limits))
        for _ in range(random.randrange(1, 4)):
            place = random.randrange(len(line) + 1)
            match random.randrange(5):
                case 0:
                    line[place : place + 1] = bytes([random.randrange(256)])
                case 1:
                    line[place:place] = bytes([random.choice(MUTANTS)])
                case 2:
                    del line[place : place + random.randrange(1, 4)]
                case 3:
                    line[place:place] = line[place // 2 : place]
                case 4:
                    del line[place:]
        return bytes(line)

    def blank(self, _: CheckLimits) -> bytes:
        return self.random.choice(BLANK)

    def almost_blank(self, _: CheckLimits) -> bytes:
        return self.random.choice(BLANK) + self.random.choice(ALMOST_BLANK)

    def not_object(self, _: CheckLimits) -> bytes:
        return self.random.choice(BLANK) + self.random.choice(NOT_OBJECTS)

    def two_values(self, limits: CheckLimits) -> bytes:
        between = self.random.choice((b"", b" ", b"\r", b",", b"\x00", b"\xe2\x80\xa8"))
        return (
            self.valid(limits)
            + between
            + self.random.choice((self.valid(limits), b"x", b"1", b"}"))
        )

    def nest(self, depth: int) -> bytes:
        """A request whose deepest bracket is number `depth`; it is valid if that is allowed."""
        random = self.random
        inner = max(0, depth - 2)
        opening, closing = "", ""
        for _ in range(inner):
            pair = random.choice((("[", "]"), ('{"a":', "}"), ('["[{", ', "]"), ("[[], ", "]")))
            # The last kind is one deeper for its empty array, unless something deeper follows.
            opening, closing = opening + pair[0], pair[1] + closing
        value = opening + random.choice(("0", '"]"')) + closing
        body = self.object([("deep", value), ("model", '"m"')])
        custom_id = self.string(str(random.randrange(10_000)))
        members = [("custom_id", custom_id), ("method", '"POST"'), ("url", f'"{URLS[0]}"')]
        return self.object([*members, ("body", body)]).encode()

    def stretch(self, line: bytes, length: int) -> bytes:
        """The same line, made as long as asked by spaces or by a longer string."""
        missing = length - len(line)
        if missing <= 0:
            return line
        match self.random.randrange(3):
            case 0:
                return line + b" " * missing
            case 1:
                return b" " * missing + line
        place = line.rfind(b'"')
        filling = self.random.choice((b"x", "é".encode())) * missing
        return line[:place] + filling[:missing] + line[place:]
