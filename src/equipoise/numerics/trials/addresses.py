"""What each random number of a trial is drawn for: the purposes of the streams.

The stream of a purpose is read by one index: the patient's rank within the arm for outcomes, so
that the same patients are drawn whatever the order of the arms; the order of enrolment for all
else. See docs/decisions/0002-random-addresses.md.
"""

from __future__ import annotations

from equipoise.numerics.philox import PURPOSE_CONTROL

OUTCOME = PURPOSE_CONTROL
"""Of arm `a`: ``OUTCOME + a``; below 2**16."""

ENROLMENT = 1 << 16
ALLOCATION = ENROLMENT + 1
BLOCK = ENROLMENT + 2
STRATUM = ENROLMENT + 3
DROPOUT = ENROLMENT + 4
ADVERSE = ENROLMENT + 5
PRIOR = ENROLMENT + 6
"""Entry `i` of a prior: word `i` of the replicate's stream."""

OWN_OUTCOME = 1 << 17
"""A user's own outcomes in arm `a`: ``OWN_OUTCOME + a``, one call of four words a patient."""

STAGE = 1 << 18
"""Sums of a stage's outcomes in arm `a`: ``STAGE + a``, one call a look, and ``STAGE + 2 + a`` for
the squares about their mean, sixteen calls a look."""

ALL = (OUTCOME, OUTCOME + 1, ENROLMENT, ALLOCATION, BLOCK, STRATUM, DROPOUT, ADVERSE, PRIOR)
"""Every purpose that is not one of a range of its own."""
