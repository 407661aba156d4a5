"""What the functions use of the client's package: the key format and the line check.

Both sides import the same modules under the same name. The client's wheel has them like all its
others, and the functions' bundle gets a copy of just these.
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "client" / "src" / "linegate"
SHARED = ("__init__.py", "api_keys", "jsonl")
