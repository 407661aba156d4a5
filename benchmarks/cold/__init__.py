"""Cold starts of the functions, from the bundle that is deployed."""
