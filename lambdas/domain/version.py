"""The service's version, and the API's in its OpenAPI document.

The clients' packages carry the same one; a test compares them.
"""

VERSION = "0.1.0"
