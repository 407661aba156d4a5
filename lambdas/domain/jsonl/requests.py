"""The lines of a `batch` file: requests, as the wire contract's table defines them."""

import hashlib
from typing import Annotated, Literal

import msgspec
from msgspec import Raw

from .limits import CheckLimits
from .report import Tally, clip
from .values import in_words, is_object, is_true, quoted, string

MODELS_LISTED = 20

REMEMBERED_CHARS = 64
"""A longer custom_id is remembered by its hash, so that 50,000 of them fit in memory."""

NonEmpty = Annotated[str, msgspec.Meta(min_length=1)]


class ValidBody(msgspec.Struct, gc=False):
    model: NonEmpty
    stream: bool | None = None


class ValidRequest(msgspec.Struct, gc=False):
    """What almost every line is. The JSON of other fields is checked without being built."""

    custom_id: NonEmpty
    method: Literal["POST"]
    url: str
    body: ValidBody


class AnyBody(msgspec.Struct, gc=False):
    model: Raw = Raw()
    stream: Raw = Raw()


class AnyRequest(msgspec.Struct, gc=False):
    """The same fields, of any type. An empty Raw is a field that is absent."""

    custom_id: Raw = Raw()
    method: Raw = Raw()
    url: Raw = Raw()
    body: Raw = Raw()


_decode_valid = msgspec.json.Decoder(ValidRequest).decode
_decode_any = msgspec.json.Decoder(AnyRequest).decode
_decode_any_body = msgspec.json.Decoder(AnyBody).decode


class Requests:
    """Judges the lines of one file in their order, remembering custom_ids and models.

    A custom_id counts as used, and a model as seen, wherever they could be read: also on a line
    that has other errors. All models are compared with the first one seen.
    """

    def __init__(self, limits: CheckLimits, tally: Tally) -> None:
        self._tally = tally
        self._urls = frozenset(limits.request_urls)
        self._one_model = limits.one_model_per_file
        self._used: dict[str | bytes, int] = {}
        self._first_model = ""
        self._first_model_line = 0
        self._usual_models: set[str] = set()
        self._listed_models: dict[str, None] = {}

    @property
    def models(self) -> tuple[str, ...]:
        return tuple(self._listed_models)

    def accept(self, line: bytes, number: int, /) -> bool:
        request = _decode_valid(line)
        body = request.body
        custom_id = request.custom_id
        if (
            body.model not in self._usual_models
            or body.stream
            or request.url not in self._urls
            or len(custom_id) > REMEMBERED_CHARS
        ):
            return False
        return self._used.setdefault(custom_id, number) == number

    def examine(self, line: bytes, number: int, /) -> None:
        request = _decode_any(line)
        self._examine_custom_id(request.custom_id, number)
        self._examine_method(request.method, number)
        self._examine_url(request.url, number)
        if not request.body:
            self._add_missing("body", number)
        elif not is_object(request.body):
            self._add_invalid("body", "an object", request.body, number)
        else:
            body = _decode_any_body(request.body)
            self._examine_model(body.model, number)
            self._examine_stream(body.stream, number)

    def _examine_custom_id(self, raw: Raw, number: int) -> None:
        custom_id = self._non_empty("custom_id", raw, number)
        if not custom_id:
            return
        first = self._used.setdefault(remembered(custom_id), number)
        if first != number:
            self._tally.add(
                "duplicate_custom_id",
                number,
                "custom_id",
                lambda: (
                    f"custom_id {quoted(custom_id)} was used before, on line {first}. "
                    "Give every request its own."
                ),
            )

    def _examine_method(self, raw: Raw, number: int) -> None:
        if not raw:
            self._add_missing("method", number)
        elif string(raw) != "POST":
            self._add_invalid("method", '"POST"', raw, number)

    def _examine_url(self, raw: Raw, number: int) -> None:
        if not raw:
            self._add_missing("url", number)
        elif string(raw) not in self._urls:
            self._tally.add(
                "invalid_url",
                number,
                "url",
                lambda: (
                    f"url must be one of {', '.join(sorted(self._urls))}; it is {in_words(raw)}."
                ),
            )

    def _examine_model(self, raw: Raw, number: int) -> None:
        model = self._non_empty("body.model", raw, number)
        if not model:
            return
        if not self._first_model:
            self._first_model, self._first_model_line = model, number
        if len(self._listed_models) < MODELS_LISTED:
            self._listed_models.setdefault(clip(model))
        if self._one_model and model != self._first_model:
            self._tally.add(
                "mismatched_model",
                number,
                "body.model",
                lambda: (
                    f"body.model is {quoted(model)}, but line {self._first_model_line} has "
                    f"{quoted(self._first_model)}. Use one file per model."
                ),
            )
        elif model in self._listed_models:
            self._usual_models.add(model)

    def _examine_stream(self, raw: Raw, number: int) -> None:
        if is_true(raw):
            self._tally.add(
                "streaming_unsupported",
                number,
                "body.stream",
                lambda: "body.stream is true, but a batch has nobody to stream to. Remove it.",
            )

    def _non_empty(self, param: str, raw: Raw, number: int) -> str | None:
        """The non-empty string in a field, or None with the error counted."""
        if not raw:
            self._add_missing(param, number)
            return None
        value = string(raw)
        if not value:
            self._add_invalid(param, "a non-empty string", raw, number)
        return value

    def _add_missing(self, param: str, number: int) -> None:
        self._tally.add(
            "missing_required_parameter", number, param, lambda: f"{param} is missing. Add it."
        )

    def _add_invalid(self, param: str, wanted: str, raw: Raw, number: int) -> None:
        self._tally.add(
            "invalid_value",
            number,
            param,
            lambda: f"{param} must be {wanted}; it is {in_words(raw)}.",
        )


def remembered(custom_id: str) -> str | bytes:
    """What stands for a custom_id in memory. A hash of 128 bits never meets another by chance."""
    if len(custom_id) <= REMEMBERED_CHARS:
        return custom_id
    return hashlib.blake2b(custom_id.encode(), digest_size=16).digest()
