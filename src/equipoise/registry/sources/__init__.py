"""One file a registry: the only code that reads their exports or calls their services."""
