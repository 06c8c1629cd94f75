"""Records that cross a border between stages: data only."""
