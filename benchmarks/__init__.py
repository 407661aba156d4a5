"""What the service costs, measured beside the usual ways to do the same."""
