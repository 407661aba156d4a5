"""The stack, as a CDK app.

The client's package is found in the checkout where it is not installed, as after
`pip install -r requirements.txt`: the stack is built from the key format that both sides share.
"""

import sys

from infra.shared_code import PACKAGE

sys.path.append(str(PACKAGE.parent))
