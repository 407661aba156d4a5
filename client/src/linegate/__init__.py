"""Linegate's client: checks batch files on this machine as the service does."""

from .jsonl import CheckLimits, LineError, Report, check

__all__ = ["CheckLimits", "LineError", "Report", "check"]
