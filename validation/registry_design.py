"""Design answers against hand and curated labels: precision of yes and no, share of unclear.

    python -m validation.registry_design [--wrong]

Reads ``../shared/data/registry/worcjamessmith_covid_characteristics``: labels of COVID-19
registrations, of which some were extracted by hand by two people.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from equipoise.registry.design_rules import read_design

LABELS = Path("../shared/data/registry/worcjamessmith_covid_characteristics")
GOLD = {"Yes": "yes", "No": "no", "Not applicable": "no", "Unreported": "unclear"}
COLUMNS = {"randomised": "randomisation", "controlled": "control_arm", "blinded": "blinding"}


def answers(path: Path = LABELS / "design_labels_public.csv.gz") -> pl.DataFrame:
    """One row a registration and question: gold, answer, evidence, rule."""
    rows = []
    for row in pl.read_csv(path, infer_schema_length=0).fill_null("").to_dicts():
        read = read_design(
            row["Study_design"],
            (row["Public_title"], row["Scientific_title"]),
            row["Interventions"],
        )
        for question, column in COLUMNS.items():
            answer = getattr(read, question)
            rows.append(
                {
                    "registration": row["TrialID"],
                    "registry": row["source_registry"],
                    "by_hand": row["by_hand"] == "yes",
                    "question": question,
                    "gold": GOLD[row[column]],
                    "answer": answer.value,
                    "evidence": answer.evidence,
                    "rule": answer.rule,
                    "design": row["Study_design"],
                    "title": row["Scientific_title"],
                }
            )
    return pl.DataFrame(rows)


def summary(rows: pl.DataFrame) -> pl.DataFrame:
    """Precision of each answer and the share left unclear."""
    right = (pl.col("gold") == pl.col("answer")).sum()

    def precision(value: str) -> pl.Expr:
        said = pl.col("answer") == value
        return (said & (pl.col("gold") == value)).sum() / said.sum()

    return rows.group_by("question", maintain_order=True).agg(
        pl.len().alias("n"),
        (pl.col("answer") == "yes").sum().alias("said_yes"),
        precision("yes").round(4).alias("precision_yes"),
        (pl.col("answer") == "no").sum().alias("said_no"),
        precision("no").round(4).alias("precision_no"),
        (pl.col("answer") == "unclear").mean().round(4).alias("unclear"),
        (right / pl.len()).round(4).alias("agree"),
    )


def main() -> None:
    """Print the tables; with ``--wrong`` every answer that differs from its label."""
    rows = answers()
    chictr = pl.col("registry") == "ChiCTR"
    with pl.Config(tbl_rows=100, tbl_cols=20, fmt_str_lengths=60, tbl_width_chars=160):
        for name, part in (
            ("all", rows),
            ("without ChiCTR", rows.filter(~chictr)),
            ("ChiCTR", rows.filter(chictr)),
            ("by hand", rows.filter(pl.col("by_hand"))),
        ):
            print(name, summary(part), sep="\n")
    if "--wrong" in sys.argv:
        wrong = rows.filter((pl.col("gold") != pl.col("answer")) | (pl.col("answer") == "unclear"))
        for row in wrong.sort("question", "registry", "rule").to_dicts():
            design = " ".join(row.pop("design").split())[:420]
            print(*row.values(), "\n    ", design, sep=" · ")


if __name__ == "__main__":
    main()
