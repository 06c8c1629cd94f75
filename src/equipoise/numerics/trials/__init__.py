"""Simulated trials, patient by patient: kernels that see only arrays.

One replicate flows through ``course`` (who comes when, to which arm), ``outcomes``, ``statistics``
and ``decisions``; ``engine`` runs it look by look, ``records`` adds replicates up.
"""
