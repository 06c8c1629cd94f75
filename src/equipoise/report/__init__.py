"""Report: a verdict to terminal, page and JSON.

Submodules are imported by whoever needs them, since each brings a heavy library of its own.
"""
