"""Operating characteristics as a data frame and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.parts.analysis import TITLES, resolved_test

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
                "control": row.scenario.risk_pair()[0],
                "treatment": row.scenario.risk_pair()[1],
                "benefit": row.benefit,
                "benefit_error": row.benefit_error,
                "benefit_exact": row.exact,
                "benefit_normal": row.normal,
                "harm": row.harm,
                "harm_error": row.harm_error,
                "harm_exact": row.exact_harm,
                "difference": row.difference,
                "difference_error": row.difference_error,
                "patients": row.patients,
                "patients_error": row.patients_error,
                "patients_exact": row.patients_exact,
                "replicates": row.replicates,
            }
            for row in oc.scenarios
        ]
    )


def summary(oc: OperatingCharacteristics) -> str:
    """The table people read first, with Monte Carlo standard errors."""
    sequential = len(oc.design.looks) > 1
    columns = f"{'scenario':<16}{'risks':<16}{'finds benefit':<22}{'exact':<10}{'normal':<10}"
    lines = [
        f"{_head(oc)}; {oc.replicates:,} simulated trials a scenario, seed {oc.seed}",
        columns + (f"{'finds harm':<22}patients" if sequential else "finds harm"),
    ]
    for row in oc.scenarios:
        control, treatment = row.scenario.risk_pair()
        simulated = f"{row.benefit:.5f} ± {row.benefit_error:.5f}"
        harm = f"{row.harm:.5f} ± {row.harm_error:.5f}"
        size = f"{row.patients:.1f} ± {row.patients_error:.1f}"
        lines.append(
            f"{row.scenario.name:<16}{f'{control:g} v {treatment:g}':<16}{simulated:<22}"
            f"{row.exact:<10.5f}{row.normal:<10.5f}" + (f"{harm:<22}{size}" if sequential else harm)
        )
    return "\n".join(lines)


def _head(oc: OperatingCharacteristics) -> str:
    design = oc.design
    control, treatment = (f"{n:g}" for n in design.patients)
    sizes = f"{control} patients an arm" if control == treatment else f"{control} and {treatment}"
    test = TITLES[resolved_test(design.endpoint, design.plan, design.ratio)]
    looks = f" at most, {len(design.looks)} looks" if len(design.looks) > 1 else ""
    return f"{sizes}{looks}, {test}, one-sided {design.plan.alpha:g}"
