"""The sections of a report, one to a file, each from a verdict to blocks."""
