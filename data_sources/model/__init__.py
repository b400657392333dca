"""Records in the terms of the field: transit, feeds, city specs. No I/O."""
