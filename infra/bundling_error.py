"""What stops a bundle from being built."""


class BundlingError(RuntimeError):
    """The bundle could not be built; the message is one line that says what to do."""
