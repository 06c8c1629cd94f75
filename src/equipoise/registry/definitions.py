"""Which registrations are about a question: its landscape plan, or one read from its words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from equipoise.registry.interventions import built_in, classify
from equipoise.vocabulary.landscape import LandscapePlan, TherapyDefinition

if TYPE_CHECKING:
    from equipoise.vocabulary.question import Question

CELLS = (
    TherapyDefinition(
        name="any cell or cell-derived product",
        product=("MSC", "MSC-derived", "other stem cell", "other cell", "other biological"),
    ),
    TherapyDefinition(
        name="stem cells and their products", product=("MSC", "MSC-derived", "other stem cell")
    ),
    TherapyDefinition(name="mesenchymal stem (stromal) cells", product=("MSC",)),
)
_COVID = ("covid", "sars-cov-2", "sars cov 2", "ncov", "coronavirus", "corona virus", "sars-cov2")


def plan_for(question: Question, plan: LandscapePlan | None) -> LandscapePlan:
    """The dossier's plan, what it leaves out filled from the question's words."""
    from dataclasses import replace

    given = plan or LandscapePlan()
    words = f"{question.intervention} {question.title}"
    definitions = given.definitions or _definitions(words)
    about = f"{question.title} {question.population}".lower()
    condition = given.condition or (_COVID if any(word in about for word in _COVID) else ())
    return replace(given, definitions=definitions, condition=condition)


def _definitions(words: str) -> tuple[TherapyDefinition, ...]:
    classes = classify((("question", words),))
    if any(found.axis == "product" for found in classes):
        return CELLS
    known = built_in()
    plain = set(re.findall(r"[a-z0-9-]+", words.lower()))
    named = sorted(plain & known.drug_words)
    drugs = tuple(dict.fromkeys(found.name for found in classes if found.axis == "drug"))
    wide = (TherapyDefinition(name=", ".join(drugs), drug=drugs),) if drugs else ()
    if named:
        return (*wide, TherapyDefinition(name=", ".join(named), words=tuple(named)))
    if wide:
        return wide
    telling = tuple(word for word in words.split(",")[:1] if word.strip())
    return (TherapyDefinition(name=telling[0].strip(), words=(telling[0].strip().lower(),)),)


def meets(definition: TherapyDefinition) -> pl.Expr:
    """Whether a registration meets a definition, on ``classes`` and ``text`` (lower case)."""
    tests = []
    for axis, names in (("product", definition.product), ("drug", definition.drug)):
        if names:
            element = pl.element()
            hit = (element.struct.field("axis") == axis) & element.struct.field("name").is_in(
                list(names)
            )
            tests.append(pl.col("classes").list.eval(hit).list.any().fill_null(value=False))
    if definition.words:
        pattern = "|".join(rf"\b{re.escape(word.lower())}" for word in definition.words)
        tests.append(pl.col("text").str.contains(pattern))
    return pl.any_horizontal(tests)


def about(plan: LandscapePlan) -> pl.Expr:
    """Whether a registration meets any definition and has the condition."""
    wanted = pl.any_horizontal([meets(definition) for definition in plan.definitions])
    if not plan.condition:
        return wanted
    pattern = "|".join(re.escape(word.lower()) for word in plan.condition)
    return wanted & pl.col("text").str.contains(pattern)


def text_column() -> pl.Expr:
    """Titles, conditions and interventions in lower case, for words."""
    return (
        pl.concat_str(
            "public_title",
            "scientific_title",
            pl.col("conditions").list.join(" ; "),
            pl.col("interventions").list.eval(pl.element().struct.field("name")).list.join(" ; "),
            separator=" | ",
            ignore_nulls=True,
        )
        .str.to_lowercase()
        .alias("text")
    )
