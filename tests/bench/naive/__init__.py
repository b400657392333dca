"""The naive way: what most Dash applications do, at its best, not as a caricature."""
