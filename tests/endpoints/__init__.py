"""Batches against model endpoints that others have made."""
