"""Dossier: the folder to records, with errors that name file, line and mend."""

from equipoise.dossier.read import read_dossier

__all__ = ["read_dossier"]
