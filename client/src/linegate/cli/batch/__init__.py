"""`linegate batch …`: have a file of requests answered."""
