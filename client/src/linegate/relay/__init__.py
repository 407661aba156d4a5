"""A local server that speaks the service's API without its limit on a request's size."""
