"""Operating characteristics as a data frame and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from .characteristics import OperatingCharacteristics


def frame(oc: OperatingCharacteristics) -> pl.DataFrame:
    """One row a scenario; probabilities with their Monte Carlo standard errors."""
    import polars as pl

    return pl.DataFrame(
        [
            {
                "scenario": row.scenario.name,
                "control": row.scenario.risks[0],
                "treatment": row.scenario.risks[1],
                "benefit": row.benefit,
                "benefit_error": row.benefit_error,
                "benefit_exact": row.exact,
                "benefit_normal": row.normal,
                "harm": row.harm,
                "harm_error": row.harm_error,
                "harm_exact": row.exact_harm,
                "difference": row.difference,
                "difference_error": row.difference_error,
                "replicates": row.replicates,
            }
            for row in oc.scenarios
        ]
    )


def summary(oc: OperatingCharacteristics) -> str:
    """The table people read first, with Monte Carlo standard errors."""
    design = oc.design
    lines = [
        f"{design.n_per_arm} patients an arm, Fisher's exact test, one-sided "
        f"{design.plan.alpha:g}; {oc.replicates:,} simulated trials a scenario, seed {oc.seed}",
        f"{'scenario':<16}{'risks':<16}{'finds benefit':<22}{'exact':<10}{'normal':<10}finds harm",
    ]
    for row in oc.scenarios:
        control, treatment = row.scenario.risks
        simulated = f"{row.benefit:.5f} ± {row.benefit_error:.5f}"
        lines.append(
            f"{row.scenario.name:<16}{f'{control:g} v {treatment:g}':<16}{simulated:<22}"
            f"{row.exact:<10.5f}{row.normal:<10.5f}{row.harm:.5f} ± {row.harm_error:.5f}"
        )
    return "\n".join(lines)
