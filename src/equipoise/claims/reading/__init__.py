"""From a text's words to facts that can be checked, each tied to the words it rests on."""

from equipoise.claims.reading.read import read
from equipoise.claims.reading.reading import Reading

__all__ = ["Reading", "read"]
