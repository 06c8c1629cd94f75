"""Sources of the facts that every report may cite, beside a dossier's own."""

from __future__ import annotations

from equipoise.vocabulary.dates import PartialDate
from equipoise.vocabulary.source import Source

PEREIRA_2012 = Source(
    id="equipoise-pereira-2012",
    citation="Pereira TV, Horwitz RI, Ioannidis JPA. Empirical evaluation of very large treatment "
    "effects of medical interventions. JAMA 2012;308:1676",
    kind="article",
    first_public=PartialDate(2012, 10, 24),
    doi="10.1001/jama.2012.13444",
)

SOURCES = {PEREIRA_2012.id: PEREIRA_2012}
"""By id; ids begin with ``equipoise-`` so that no dossier's is hidden."""
