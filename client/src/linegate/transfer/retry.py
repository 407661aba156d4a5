"""Which answers are worth another try, and when. Pure but for the dice."""

import random

from .flow import Answer, Call, Flow, NoAnswer, Sleep

TRIES = 5
FIRST_DELAY_S = 0.4
LONGEST_DELAY_S = 8.0
REPEATED = frozenset({408, 429, 500, 502, 503, 504})


def choose_delay_s(tries_made: int, answer: Answer | None) -> float:
    """Doubling, spread by a quarter, unless the answer names a time of its own."""
    named = answer.headers.get("retry-after", "") if answer else ""
    if named.isdecimal():
        return min(float(named), LONGEST_DELAY_S)
    doubled = min(FIRST_DELAY_S * 2.0 ** (tries_made - 1), LONGEST_DELAY_S)
    return doubled * random.uniform(0.75, 1.25)  # noqa: S311  # no secret


def ask(call: Call, tries: int = TRIES) -> Flow[Answer]:
    """Make the call until its answer is no passing failure, or the last of all. Raises NoAnswer."""
    for tries_made in range(1, tries + 1):
        answer: Answer | None = None
        try:
            answer = yield call
        except NoAnswer:
            if tries_made == tries:
                raise
        if answer and (answer.status not in REPEATED or tries_made == tries):
            return answer
        yield Sleep(choose_delay_s(tries_made, answer))
    raise AssertionError("the last try has returned or raised")
