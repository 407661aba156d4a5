"""The lines of a `batch` file: requests, as the wire contract's table defines them."""

import hashlib

import msgspec
from msgspec import UNSET, Raw, UnsetType

from .limits import CheckLimits
from .report import Tally, clip
from .values import Value, in_words, is_object, is_true, quote, value_of

MODELS_LISTED = 20

REMEMBERED_CHARS = 64
"""A longer custom_id is remembered by its hash, so that 50,000 of them fit in memory."""


class Body(msgspec.Struct, gc=False):
    model: str | UnsetType = UNSET
    stream: bool | None = None


class Request(msgspec.Struct, gc=False):
    """What almost every line can be read as. The JSON of other fields is checked, not built."""

    custom_id: str | UnsetType = UNSET
    method: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    body: Body | UnsetType = UNSET


class AnyBody(msgspec.Struct, gc=False):
    model: Raw | UnsetType = UNSET
    stream: Raw | UnsetType = UNSET


class AnyRequest(msgspec.Struct, gc=False):
    """The same fields, holding anything: a line that cannot be read so is not a JSON object."""

    custom_id: Raw | UnsetType = UNSET
    method: Raw | UnsetType = UNSET
    url: Raw | UnsetType = UNSET
    body: Raw | UnsetType = UNSET


_decode = msgspec.json.Decoder(Request).decode
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
        request = _decode(line)
        custom_id, body = request.custom_id, request.body
        if (
            body is UNSET
            or body.model not in self._usual_models
            or body.stream
            or request.url not in self._urls
            or request.method != "POST"
            or custom_id is UNSET
            or not 0 < len(custom_id) <= REMEMBERED_CHARS
        ):
            return False
        return self._used.setdefault(custom_id, number) == number

    def examine(self, line: bytes, number: int, /) -> None:
        request: Request | AnyRequest
        try:
            request = _decode(line)
        except msgspec.ValidationError:
            request = _decode_any(line)
        self._examine_custom_id(value_of(request.custom_id), number)
        self._examine_method(value_of(request.method), number)
        self._examine_url(value_of(request.url), number)
        self._examine_body(request.body, number)

    def _examine_custom_id(self, value: Value, number: int) -> None:
        custom_id = self._non_empty("custom_id", value, number)
        if not custom_id:
            return
        first = self._used.setdefault(compact_id(custom_id), number)
        if first != number:
            self._tally.add(
                "duplicate_custom_id",
                number,
                "custom_id",
                lambda: (
                    f"custom_id {quote(custom_id)} was used before, on line {first}. "
                    "Give every request its own."
                ),
            )

    def _examine_method(self, value: Value, number: int) -> None:
        if value is UNSET:
            self._add_missing("method", number)
        elif value != "POST":
            self._add_invalid("method", '"POST"', value, number)

    def _examine_url(self, value: Value, number: int) -> None:
        if value is UNSET:
            self._add_missing("url", number)
        elif isinstance(value, Raw) or value not in self._urls:
            self._tally.add(
                "invalid_url",
                number,
                "url",
                lambda: (
                    f"url must be one of {', '.join(sorted(self._urls))}; it is {in_words(value)}."
                ),
            )

    def _examine_body(self, body: Body | Raw | UnsetType, number: int) -> None:
        if body is UNSET:
            self._add_missing("body", number)
        elif isinstance(body, Raw) and not is_object(body):
            self._add_invalid("body", "an object", body, number)
        else:
            fields = _decode_any_body(body) if isinstance(body, Raw) else body
            self._examine_model(value_of(fields.model), number)
            if is_true(fields.stream):
                self._tally.add(
                    "streaming_unsupported",
                    number,
                    "body.stream",
                    lambda: "body.stream is true, but a batch has nobody to stream to. Remove it.",
                )

    def _examine_model(self, value: Value, number: int) -> None:
        model = self._non_empty("body.model", value, number)
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
                    f"body.model is {quote(model)}, but line {self._first_model_line} has "
                    f"{quote(self._first_model)}. Use one file per model."
                ),
            )
        elif model in self._listed_models:
            self._usual_models.add(model)

    def _non_empty(self, param: str, value: Value, number: int) -> str | None:
        """The non-empty string that a field must hold, or None with the error counted."""
        if value is UNSET:
            self._add_missing(param, number)
        elif isinstance(value, Raw) or not value:
            self._add_invalid(param, "a non-empty string", value, number)
        else:
            return value
        return None

    def _add_missing(self, param: str, number: int) -> None:
        self._tally.add(
            "missing_required_parameter", number, param, lambda: f"{param} is missing. Add it."
        )

    def _add_invalid(self, param: str, wanted: str, value: str | Raw, number: int) -> None:
        self._tally.add(
            "invalid_value",
            number,
            param,
            lambda: f"{param} must be {wanted}; it is {in_words(value)}.",
        )


def compact_id(custom_id: str) -> str | bytes:
    """What stands for a custom_id in memory. A hash of 128 bits never meets another by chance."""
    if len(custom_id) <= REMEMBERED_CHARS:
        return custom_id
    return hashlib.blake2b(custom_id.encode(), digest_size=16).digest()
