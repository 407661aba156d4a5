"""The commands of `linegate`, apart from `check`, which needs nothing of what these need."""
