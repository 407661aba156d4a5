"""What a person is told when the local stack cannot go on: one line, and where to read more."""


class Trouble(Exception):
    """Ends the command with this one line: what went wrong and what to do about it."""
