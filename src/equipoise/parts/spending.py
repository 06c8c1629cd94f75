"""Error spending: how much of an error probability a trial may use up to a look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from equipoise.errors import InputError
from equipoise.inputs import number, numbers

Floats = NDArray[np.float64]
Share = Callable[[Floats], ArrayLike]
Total = float | Floats
Under = Literal["planned effect", "no effect"]


@dataclass(frozen=True, slots=True)
class Spending:
    """A spending function: cumulative probability f(t) spent at information fraction t.

    For efficacy it spends alpha; for futility it spends the type II error under the planned effect
    (beta spending), or `total` under no effect.

    Parameters
    ----------
    function : str, mapping or callable
        A name of `SPENDING_FUNCTIONS`; a table of information fraction: share of the total, joined
        by straight lines; or a function from fractions (k,) to shares of the total (k,) in [0, 1].
    gamma : float, optional
        Of "hwang-shih-decani": positive spends early, negative late; 0 is linear.
    rho : float, optional
        Of "kim-demets", above 0: the share is t**rho.
    parameters : tuple of float, optional
        Of the others: see `SPENDING_FUNCTIONS`.
    binding : bool
        Of futility: whether the efficacy boundary counts on the trial stopping. If it does and the
        trial goes on, the type I error is above alpha.
    under : {"planned effect", "no effect"}
        Of futility: the effect under which the probability is spent.
    total : float, optional
        Of futility: the probability to spend in all; one minus the power unless given. Needed
        where `under` is "no effect", when the lower boundary is one for harm.

    References
    ----------
    Lan & DeMets (1983), Biometrika 70:659; Kim & DeMets (1987), Biometrika 74:149; Hwang, Shih &
    DeCani (1990), Stat Med 9:1439; two-parameter families: Anderson & Clark (2010), Stat Med
    29:320.
    """

    function: str | Mapping[float, float] | Share = "obrien-fleming"
    gamma: float | None = field(default=None, kw_only=True)
    rho: float | None = field(default=None, kw_only=True)
    parameters: tuple[float, ...] = field(default=(), kw_only=True)
    binding: bool = field(default=False, kw_only=True)
    under: Under = field(default="planned effect", kw_only=True)
    total: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        for check in (_check_name, _check_parameters, _check_total):
            check(self)
        object.__setattr__(self, "parameters", tuple(self.parameters))

    @property
    def name(self) -> str:
        """What it is called in tables and protocols."""
        if not isinstance(self.function, str):
            return "a stated table" if isinstance(self.function, Mapping) else "a stated function"
        given = self._given()
        shown = ", ".join(f"{value:g}" for value in given)
        return f"{TITLES[self.function]}{f' ({shown})' if shown else ''}"

    def _given(self) -> tuple[float, ...]:
        single = tuple(value for value in (self.gamma, self.rho) if value is not None)
        return (*single, *self.parameters)

    def cumulative(self, fractions: ArrayLike, total: float | Floats) -> Floats:
        """Probability spent up to each of the ascending `fractions`, (k,), out of `total`.

        Fractions above 1 count as 1. Many rows, (m, k), take a `total` of each, (m, 1).

        Raises
        ------
        InputError
            The function leaves [0, total], falls, or does not spend all at 1.
        """
        t = np.minimum(np.asarray(fractions, np.float64), 1.0)
        if isinstance(self.function, str):
            return np.asarray(SPENDING_FUNCTIONS[self.function](t, total, *self._given()))
        if isinstance(self.function, Mapping):
            return np.asarray(total * _table(self.function, t))
        rows = [_shares(self.function, row) for row in t.reshape(-1, t.shape[-1])]
        return np.asarray(total * np.array(rows).reshape(t.shape))


def _check_name(spending: Spending) -> None:
    if not (isinstance(spending.function, str | Mapping) or callable(spending.function)):
        raise InputError.of(
            "function", spending.function, "must be a name, a table or a function", "Give one"
        )
    if isinstance(spending.function, Mapping):
        _points(spending.function)
    if isinstance(spending.function, str) and spending.function not in SPENDING_FUNCTIONS:
        raise InputError.of(
            "function",
            spending.function,
            f"must be one of {', '.join(SPENDING_FUNCTIONS)}",
            "Name one of these, or give a table or a function",
        )


def _check_parameters(spending: Spending) -> None:
    wanted = PARAMETERS.get(spending.function, ()) if isinstance(spending.function, str) else ()
    for name in ("gamma", "rho"):
        if getattr(spending, name) is not None:
            number(name, getattr(spending, name))
    parameters: Any = spending.parameters
    if not isinstance(parameters, tuple | list):
        numbers("parameters", parameters)
    given = spending._given()
    if len(given) != len(wanted):
        names = ", ".join(wanted) or "no parameter"
        raise InputError.of(
            "parameters", given, f"{spending.name} takes {names}", "Give gamma, rho or parameters"
        )
    if spending.function == "hwang-shih-decani" and spending.gamma is None:
        raise InputError.of("gamma", None, "is the parameter of this family", "Give gamma, as -4")
    if spending.function == "kim-demets" and spending.rho is None:
        raise InputError.of("rho", None, "is the parameter of this family", "Give rho, as 3")
    for name, value in zip(wanted, given, strict=True):
        if number(name, value) <= 0 and name in POSITIVE:
            raise InputError.of(name, value, "must be above 0", "Give such a value")


def _check_total(spending: Spending) -> None:
    if spending.under not in get_args(Under):
        raise InputError.of(
            "under", spending.under, f"must be one of {', '.join(get_args(Under))}", "Name one"
        )
    if spending.under == "no effect" and spending.total is None:
        raise InputError.of(
            "total",
            None,
            "is needed where the lower boundary spends under no effect",
            "Give the probability of crossing it when the treatment does nothing, as 0.1",
        )
    if spending.total is not None and not 0 < number("total", spending.total) < 1:
        raise InputError.of("total", spending.total, "must lie in (0, 1)", "Give such a value")


def _points(table: Mapping[float, float]) -> tuple[Floats, Floats]:
    """Fractions and shares of a table, in order, from (0, 0) on."""
    if not table:
        raise InputError.of("function", dict(table), "a table has points", "End it with 1: 1")
    at = numbers("function", [*table.keys()], "A table maps fractions to shares")
    share = numbers("function", [*table.values()], "A table maps fractions to shares")
    order = np.argsort(at)
    at, share = at[order], share[order]
    if at[0] > 0:
        at, share = np.append(0.0, at), np.append(0.0, share)
    if at[0] < 0 or at[-1] != 1 or share[-1] != 1 or (np.diff(share) < 0).any() or share[0] < 0:
        raise InputError.of(
            "function",
            dict(table),
            "a table goes from fractions in (0, 1] to shares that never fall, and ends at 1: 1",
            "Mend the table",
        )
    return at, share


def _table(table: Mapping[float, float], t: Floats) -> Floats:
    return np.asarray(np.interp(t, *_points(table)))


def _shares(function: Share, t: Floats) -> Floats:
    share = numbers("function", function(t), "Let the function return a share for each fraction")
    end = numbers("function", function(np.array([1.0])), "Let the function return shares")[0]
    if (
        share.shape != t.shape
        or (np.diff(share) < 0).any()
        or (share < 0).any()
        or abs(end - 1) > 1e-9
    ):
        raise InputError.of(
            "function",
            share.tolist(),
            "shares must not fall, must lie in [0, 1] and reach 1 at fraction 1; one for each "
            "fraction",
            "Mend the function",
        )
    return share


def _obrien_fleming(t: Floats, total: Total) -> Floats:
    return np.asarray(2 * special.ndtr(special.ndtri(total / 2) / np.sqrt(t)))


def _hwang(t: Floats, total: Total, gamma: float) -> Floats:
    if abs(gamma) < 1e-12:
        return np.asarray(total * t)
    if gamma > 0:
        return np.asarray(total * np.expm1(-gamma * t) / np.expm1(-gamma))
    # the same without large exponentials
    return np.asarray(total * np.exp(gamma * (1 - t)) * np.expm1(gamma * t) / np.expm1(gamma))


def _cauchy(t: Floats, total: Total, a: float, b: float) -> Floats:
    quantile = np.where(t < 1, np.tan(np.pi * (np.minimum(t, 1 - 1e-16) - 0.5)), np.inf)
    return np.asarray(total * (0.5 + np.arctan(a + b * quantile) / np.pi))


def _exponential(t: Floats, total: Total, nu: float) -> Floats:
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(total ** (t**-nu))


def _logistic(t: Floats, total: Total, a: float, b: float) -> Floats:
    return np.asarray(total * special.expit(a + b * special.logit(t)))


def _extreme_value(t: Floats, total: Total, a: float, b: float) -> Floats:
    return np.asarray(total * np.exp(-np.exp(-a) * (-np.log(t)) ** b))


def _extreme_value_2(t: Floats, total: Total, a: float, b: float) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(-total * np.expm1(-np.exp(a) * (-np.log1p(-t)) ** b))


SPENDING_FUNCTIONS: Mapping[str, Callable[..., Floats]] = {
    "obrien-fleming": _obrien_fleming,
    "pocock": lambda t, total: total * np.log1p((np.e - 1) * t),
    "hwang-shih-decani": _hwang,
    "kim-demets": lambda t, total, rho: total * t**rho,
    "exponential": _exponential,
    "logistic": _logistic,
    "normal": lambda t, total, a, b: total * special.ndtr(a + b * special.ndtri(t)),
    "cauchy": _cauchy,
    "t": lambda t, total, a, b, df: total * special.stdtr(df, a + b * special.stdtrit(df, t)),
    "beta": lambda t, total, a, b: total * special.betainc(a, b, t),
    "extreme-value": _extreme_value,
    "extreme-value-2": _extreme_value_2,
}
"""Name: f(t, total, parameters)."""

PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "hwang-shih-decani": ("gamma",),
    "kim-demets": ("rho",),
    "exponential": ("nu",),
    "logistic": ("a", "b"),
    "normal": ("a", "b"),
    "cauchy": ("a", "b"),
    "t": ("a", "b", "df"),
    "beta": ("shape_1", "shape_2"),
    "extreme-value": ("a", "b"),
    "extreme-value-2": ("a", "b"),
}
POSITIVE = {"rho", "nu", "b", "df", "shape_1", "shape_2"}

TITLES: Mapping[str, str] = {
    "obrien-fleming": "Lan-DeMets O'Brien-Fleming-type spending",
    "pocock": "Lan-DeMets Pocock-type spending",
    "hwang-shih-decani": "Hwang-Shih-DeCani spending",
    "kim-demets": "Kim-DeMets power spending",
    "exponential": "exponential spending",
    "logistic": "logistic spending",
    "normal": "normal spending",
    "cauchy": "Cauchy spending",
    "t": "t-distribution spending",
    "beta": "beta-distribution spending",
    "extreme-value": "extreme-value spending",
    "extreme-value-2": "second extreme-value spending",
}
