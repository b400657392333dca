"""One file per feed kind: fetch or messages (I/O) and parse (pure)."""
