"""Pure arithmetic with its source cited."""
