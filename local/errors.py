"""The error that ends a command of the local stack with one line on the terminal."""


class LocalError(Exception):
    """Ends the command. Its message is one line: what went wrong and what to do about it."""
