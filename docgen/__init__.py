"""The pages that `make docs` writes from the code, and nobody edits by hand."""
