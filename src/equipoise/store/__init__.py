"""Store: what is written to disk."""
