"""The version of the service, its OpenAPI document, its stack and the clients' packages.

`make docs` writes it into the packages' manifests, which cannot read it from here.
"""

VERSION = "0.1.0"
