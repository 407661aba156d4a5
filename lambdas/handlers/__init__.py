"""One module for each deployed function.

Importing one makes very many objects and no garbage, so the collector would look at them again and
again: it is off until the handler is there (lambdas/observability.py, `logged`), and never looks
at what came before.
"""

import gc

gc.disable()
