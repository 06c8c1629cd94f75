"""Documents: a file or a pasted text to the words of its article, each tied to the original."""

from equipoise.documents.open import document_of, open_document

__all__ = ["document_of", "open_document"]
