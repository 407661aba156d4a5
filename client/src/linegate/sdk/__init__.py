"""The HTTP client that the openai SDK, and others made the same way, are given."""
