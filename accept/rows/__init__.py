"""The promises, by subject. Importing this registers them."""

from accept.rows import errors, files, gateway

__all__ = ["errors", "files", "gateway"]
