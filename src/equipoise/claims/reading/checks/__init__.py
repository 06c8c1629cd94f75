"""Checks on what a text says; the codes stand in `codes`."""
