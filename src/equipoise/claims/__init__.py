"""Claims: what was said, and what it can support.

Submodules are imported by whoever needs them: to read a text takes no numerics.
"""
