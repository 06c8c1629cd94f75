"""Normal effects with normal heterogeneity, integrated over the heterogeneity.

``y_i ~ N(theta_i, v_i)``, ``theta_i ~ N(mu, tau^2)``. Given tau everything is normal: mu has a
conditional mean and variance, and so have a new study's effect and each study's own. What is left
is one integral over tau. It is done over ``t`` where ``log tau = c + s sinh(t)`` (on a bounded
support the logit of tau over the bound), centred at the mode of the posterior density of log tau
and scaled by its width, so that every tail falls at least exponentially; by Gauss-Kronrod panels of
7 and 15 nodes, halved wherever their two answers differ (Piessens et al. 1983). The nodes, once
found, serve every question.

Röver (2020), J Stat Softw 93(6), has the conditional moments; here no grid of tau is fixed
beforehand. Checked in ``tests/reference/test_bayes.py``.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from equipoise.numerics.cached import cached
from equipoise.numerics.normal_mixtures import normal_cdf, normal_quantiles

Floats = NDArray[np.float64]

FLAT, HALF_NORMAL, HALF_T, LOG_NORMAL, LOG_T, UNIFORM, EXPONENTIAL = range(7)
"""Prior densities of tau that the kernels know; see `log_prior_density`."""

OK, NOT_CONVERGED, NO_MASS = range(3)
"""What became of a quadrature."""

TOLERANCE = 1e-11
"""Relative, for the total and each of the moments that exist."""

FUNCTIONALS = 6
"""Integrals whose convergence is asked for; see `_functional`."""

MOST_PANELS = 600
_NODES = 15
_DROP = 46.0
_LARGEST = 340.0  # of log tau: the square of tau must be a number
_HALVINGS = 40

# Gauss-Kronrod nodes and weights, Piessens et al. (1983), QUADPACK, routine QK15
_HALF_NODES = (
    0.991455371120812639206854697526329,
    0.949107912342758524526189684047851,
    0.864864423359769072789712788640926,
    0.741531185599394439863864773280788,
    0.586087235467691130294144691693357,
    0.405845151377397166906606412076961,
    0.207784955007898467600689403773245,
)
_HALF_KRONROD = (
    0.022935322010529224963732008058970,
    0.063092092629978553290700663189204,
    0.104790010322250183839876322541518,
    0.140653259715525918745189590510238,
    0.169004726639267902826583426598550,
    0.190350578064785409913256402421014,
    0.204432940075298892414161999234649,
)
_HALF_GAUSS = (
    0.0,
    0.129484966168869693270611432679082,
    0.0,
    0.279705391489276667901467771423780,
    0.0,
    0.381830050505118944950369775488975,
    0.0,
)


def _both_sides(half: tuple[float, ...], middle: float, sign: float) -> Floats:
    left = np.array(half)
    return np.concatenate([sign * left, [middle], left[::-1]])


KRONROD_NODES = _both_sides(_HALF_NODES, 0.0, -1.0)
KRONROD = _both_sides(_HALF_KRONROD, 0.209482141084727828012999174891714, 1.0)
GAUSS = _both_sides(_HALF_GAUSS, 0.417959183673469387755102040816327, 1.0)


@njit(forceinline=True)
def log_prior_density(code, p, tau, log_tau):  # type: ignore[no-untyped-def]
    """Log density of tau; `p` (4,) as the prior's record gives it."""
    if code == HALF_NORMAL:
        return p[3] - 0.5 * (tau / p[0]) ** 2
    if code == HALF_T:
        return p[3] - 0.5 * (p[2] + 1.0) * math.log1p((tau / p[0]) ** 2 / p[2])
    if code == LOG_NORMAL:
        return p[3] - 0.5 * ((log_tau - p[0]) / p[1]) ** 2 - log_tau
    if code == LOG_T:
        z = (log_tau - p[0]) / p[1]
        return p[3] - 0.5 * (p[2] + 1.0) * math.log1p(z * z / p[2]) - log_tau
    if code == EXPONENTIAL:
        return p[3] - tau / p[0]
    return p[3]  # flat and uniform


@njit(forceinline=True)
def conditional(tau2, y, v, mean0, precision0):  # type: ignore[no-untyped-def]
    """Log likelihood of tau, mu integrated out, and mu's conditional mean and variance.

    A prior precision of 0 is the flat prior, of density 1.
    """
    total, weighted, logs, product = precision0, precision0 * mean0, 0.0, 1.0
    for i in range(y.size):
        spread = v[i] + tau2
        product *= spread
        if i % 4 == 3:
            logs += math.log(product)
            product = 1.0
        weight = 1.0 / spread
        total += weight
        weighted += weight * y[i]
    logs += math.log(product)
    mean = weighted / total
    squares = precision0 * (mean - mean0) ** 2
    for i in range(y.size):
        squares += (y[i] - mean) ** 2 / (v[i] + tau2)
    value = -0.5 * (logs + squares + math.log(total)) - 0.5 * y.size * math.log(2.0 * math.pi)
    value += 0.5 * math.log(precision0) if precision0 > 0 else 0.5 * math.log(2.0 * math.pi)
    return value, mean, 1.0 / total


@njit(forceinline=True)
def _tau_at(x, upper):  # type: ignore[no-untyped-def]
    """tau, log tau and log(dtau/dx) at `x`: its logarithm, or the logit of its share of `upper`."""
    if math.isinf(upper):
        return math.exp(x), x, x
    if x > 0:
        share = 1.0 / (1.0 + math.exp(-x))
        log_share = -math.log1p(math.exp(-x))
        log_rest = -x + log_share
    else:
        share = math.exp(x) / (1.0 + math.exp(x))
        log_rest = -math.log1p(math.exp(x))
        log_share = x + log_rest
    log_tau = math.log(upper) + log_share
    return upper * share, log_tau, log_tau + log_rest


@cached(error_model="numpy", nogil=True)
def _in_x(x, problem):  # type: ignore[no-untyped-def]
    """Log posterior density in `x`, not normalised; tau, and mu's conditional mean, variance."""
    y, v, mean0, precision0, code, p, upper = problem
    tau, log_tau, slope = _tau_at(x, upper)
    value, mean, variance = conditional(tau * tau, y, v, mean0, precision0)
    return value + log_prior_density(code, p, tau, log_tau) + slope, tau, mean, variance


@cached(error_model="numpy", nogil=True)
def _centre(problem, middle):  # type: ignore[no-untyped-def]
    """Mode of the density in `x`, looked for around `middle`; its width; the density there."""
    best, at = -np.inf, middle
    for i in range(-60, 61):
        value = _in_x(middle + 0.5 * i, problem)[0]
        if value > best:
            best, at = value, middle + 0.5 * i
    step = 0.5
    while step > 1e-3:
        moved = False
        for sign in (-1.0, 1.0):
            value = _in_x(at + sign * step, problem)[0]
            if value > best:
                best, at, moved = value, at + sign * step, True
                break
        if not moved:
            step *= 0.5
    width = 0.0
    for sign in (-1.0, 1.0):
        low, high = 0.0, 4.0
        for _ in range(20):
            half = 0.5 * (low + high)
            if _in_x(at + sign * half, problem)[0] > best - 2.0:
                low = half
            else:
                high = half
        width += 0.25 * high
    return at, max(width, 1e-4), best


@cached(error_model="numpy", nogil=True)
def _end(sign, place, growth, problem):  # type: ignore[no-untyped-def]
    """The `t` beyond which there is no mass, the density times tau to the power `growth`."""
    c, s, best = place
    t, below = 0.0, 0
    while below < 3 and abs(t) < 30.0:
        t += 0.25 * sign
        x = c + s * math.sinh(t)
        if abs(x) > _LARGEST:
            return t - 0.25 * sign
        value = _in_x(x, problem)[0] + math.log(math.cosh(t))
        if sign > 0 and math.isinf(problem[6]):
            value += growth * (x - c)
        below = below + 1 if value < best - _DROP else 0
    return t


@cached(error_model="numpy", nogil=True)
def _panel(a, b, place, problem, nodes):  # type: ignore[no-untyped-def]
    """Fill `nodes` (4, 15): tau, the density over its peak times dt, mu's mean and variance."""
    c, s, best = place
    half, middle = 0.5 * (b - a), 0.5 * (a + b)
    for j in range(_NODES):
        t = middle + half * KRONROD_NODES[j]
        value, nodes[0, j], nodes[2, j], nodes[3, j] = _in_x(c + s * math.sinh(t), problem)
        nodes[1, j] = half * s * math.cosh(t) * math.exp(value - best)


@njit(forceinline=True)
def _functional(which, tau, mean, variance, centre, scale):  # type: ignore[no-untyped-def]
    """What the integrals must agree of: the total, two moments of mu, two of tau, P(mu < 0)."""
    if which == 0:
        return 1.0
    if which == 1:
        return (mean - centre) / scale
    if which == 2:
        return (variance + (mean - centre) ** 2) / (scale * scale)
    if which == 3:
        return tau
    if which == 4:
        return tau * tau
    return math.erfc(mean / math.sqrt(2.0 * variance))


@cached(error_model="numpy", nogil=True)
def _panel_error(nodes, centre, scale, exist, sums, errors):  # type: ignore[no-untyped-def]
    """Integrals of the functionals over a panel, and their errors as QUADPACK estimates them."""
    for f in range(FUNCTIONALS):
        high, low, size = 0.0, 0.0, 0.0
        if exist[f]:
            for j in range(_NODES):
                here = _functional(f, nodes[0, j], nodes[2, j], nodes[3, j], centre, scale)
                value = nodes[1, j] * here
                high += KRONROD[j] * value
                low += GAUSS[j] * value
                size += KRONROD[j] * abs(value)
        difference = abs(high - low)
        errors[f] = size * min(1.0, (200.0 * difference / size) ** 1.5) if size > 0 else 0.0
        sums[f] = size


@cached(error_model="numpy", nogil=True)
def _refine(low, high, place, exist, problem, left, right, nodes):  # type: ignore[no-untyped-def]
    """Lay panels and halve them until all functionals agree; how many there are, and the error."""
    sums, errors = np.zeros((MOST_PANELS, FUNCTIONALS)), np.zeros((MOST_PANELS, FUNCTIONALS))
    _, _, at, spread = _in_x(place[0], problem)
    scale = math.sqrt(spread)
    count = max(4, math.ceil(high - low))
    todo = np.zeros(MOST_PANELS, np.bool_)
    for i in range(count):
        left[i] = low + (high - low) * i / count
        right[i] = low + (high - low) * (i + 1) / count
        todo[i] = True
    worst = 1.0
    for _ in range(_HALVINGS):
        for i in range(count):
            if todo[i]:
                _panel(left[i], right[i], place, problem, nodes[i])
                _panel_error(nodes[i], at, scale, exist, sums[i], errors[i])
                todo[i] = False
        totals, worst = np.zeros(FUNCTIONALS), 0.0
        for f in range(FUNCTIONALS):
            totals[f] = sums[:count, f].sum()
            if totals[f] > 0:
                if f < 3 or f == 5:  # these are on the scale of the total, which bounds rounding
                    totals[f] = max(totals[f], totals[0])
                worst = max(worst, errors[:count, f].sum() / totals[f])
        if worst < TOLERANCE:
            break
        found = count
        for i in range(found):
            large = False
            for f in range(FUNCTIONALS):
                large = large or errors[i, f] > 0.5 * TOLERANCE * totals[f] / found
            if large and count < MOST_PANELS and right[i] - left[i] > 1e-6:
                left[count], right[count] = 0.5 * (left[i] + right[i]), right[i]
                right[i] = left[count]
                todo[i], todo[count] = True, True
                count += 1
        if count == found:
            break
    return count, worst


@cached(error_model="numpy", nogil=True)
def nodes_of_tau(problem, middle, exist):  # type: ignore[no-untyped-def]
    """Weighted nodes of tau, and what is normal given each.

    Parameters
    ----------
    problem : tuple
        Effects and variances, float64 (k,); mean and precision of the normal prior of mu, a
        precision of 0 being flat; code, parameters (4,) and upper end of the prior of tau.
    middle : float
        Where on the axis of `x` to look for the mode first.
    exist : bool (6,)
        Which functionals are finite, and so must have converged.

    Returns
    -------
    status : int
    nodes : float64 (4, nodes)
        tau, rising; weight, of sum 1; mean and variance of mu.
    panels : float64 (3, panels)
        Left ends on the axis of `t`, widths, and the posterior probability below each left end.
    place : tuple
        c, s, and the log of the integral, which is the log evidence.
    error : float
        Estimated relative error of the worst functional.
    """
    c, s, best = _centre(problem, middle)
    place = (c, s, best)
    if not math.isfinite(best):
        return NO_MASS, np.empty((4, 0)), np.empty((3, 0)), place, 1.0
    growth = 2.0 if exist[4] else (1.0 if exist[3] else 0.0)
    low = _end(-1.0, place, growth, problem)
    high = _end(1.0, place, growth, problem)
    left, right = np.empty(MOST_PANELS), np.empty(MOST_PANELS)
    table = np.empty((MOST_PANELS, 4, _NODES))
    count, error = _refine(low, high, place, exist, problem, left, right, table)
    total = 0.0
    for i in range(count):
        for j in range(_NODES):
            table[i, 1, j] *= KRONROD[j]
            total += table[i, 1, j]
    nodes, panels, below = np.empty((4, count * _NODES)), np.empty((3, count)), 0.0
    order = np.argsort(left[:count])
    for n in range(count):
        i = order[n]
        panels[0, n], panels[1, n], panels[2, n] = left[i], right[i] - left[i], below
        for j in range(_NODES):
            table[i, 1, j] /= total
            below += table[i, 1, j]
            nodes[:, n * _NODES + j] = table[i, :, j]
    status = OK if error < TOLERANCE else NOT_CONVERGED
    return status, nodes, panels, (c, s, best + math.log(total)), error


@cached(error_model="numpy", nogil=True)
def _between(a, t, place, problem):  # type: ignore[no-untyped-def]
    """Posterior probability of tau between `a` and `t`, both on the axis of `t`."""
    c, s, evidence = place
    half, middle, total = 0.5 * (t - a), 0.5 * (a + t), 0.0
    for j in range(_NODES):
        u = middle + half * KRONROD_NODES[j]
        value = _in_x(c + s * math.sinh(u), problem)[0]
        total += KRONROD[j] * s * math.cosh(u) * math.exp(value - evidence)
    return half * total


@cached(error_model="numpy", nogil=True)
def tau_quantiles(q, panels, place, problem):  # type: ignore[no-untyped-def]
    """Quantiles of tau (n,): the panel from the cumulative sums, then Newton inside it."""
    c, s, evidence = place
    out = np.empty(q.size)
    for n in range(q.size):
        i = 0
        while i + 1 < panels.shape[1] and panels[2, i + 1] < q[n]:
            i += 1
        a, below = panels[0, i], panels[2, i]
        low, high = a, a + panels[1, i]
        t = 0.5 * (low + high)
        for _ in range(80):
            gap = below - q[n] + _between(a, t, place, problem)
            if gap > 0:
                high = t
            else:
                low = t
            value = _in_x(c + s * math.sinh(t), problem)[0]
            slope = s * math.cosh(t) * math.exp(value - evidence)
            new = t - gap / slope if slope > 0 else 0.5 * (low + high)
            if not low < new < high:
                new = 0.5 * (low + high)
            done = abs(new - t) < 1e-13 * (1.0 + abs(t))
            t = new
            if done:
                break
        out[n] = _tau_at(c + s * math.sinh(t), problem[6])[0]
    return out


@cached(error_model="numpy", nogil=True)
def tau_probability(tau, panels, place, problem):  # type: ignore[no-untyped-def]
    """P(tau <= `tau`) for each of (n,)."""
    c, s, _ = place
    upper, last = problem[6], panels.shape[1] - 1
    out = np.zeros(tau.size)
    for n in range(tau.size):
        if tau[n] <= 0:
            continue
        if tau[n] >= upper:
            out[n] = 1.0
            continue
        x = math.log(tau[n]) if math.isinf(upper) else math.log(tau[n] / (upper - tau[n]))
        t = math.asinh((x - c) / s)
        if t <= panels[0, 0]:
            continue
        if t >= panels[0, last] + panels[1, last]:
            out[n] = 1.0
            continue
        i = 0
        while i < last and panels[0, i + 1] < t:
            i += 1
        out[n] = panels[2, i] + _between(panels[0, i], t, place, problem)
    return out


@cached(error_model="numpy", nogil=True)
def tau_density(tau, place, problem):  # type: ignore[no-untyped-def]
    """Posterior density of tau at each of (n,)."""
    y, v, mean0, precision0, code, p, upper = problem
    out = np.zeros(tau.size)
    for n in range(tau.size):
        if 0.0 <= tau[n] <= upper:
            value = conditional(tau[n] * tau[n], y, v, mean0, precision0)[0]
            log_tau = math.log(tau[n]) if tau[n] > 0 else -700.0
            out[n] = math.exp(value + log_prior_density(code, p, tau[n], log_tau) - place[2])
    return out


@cached(error_model="numpy", nogil=True)
def log_likelihood(tau, y, v, mean0, precision0):  # type: ignore[no-untyped-def]
    """At one tau: log likelihood with mu integrated out, mu's conditional mean and variance."""
    return conditional(tau * tau, y, v, mean0, precision0)


@cached(error_model="numpy", nogil=True)
def pool_rows(y, v, mean0, precision0, code, p, upper, exist, q, out, status):  # type: ignore[no-untyped-def]
    """Pool each row of `y` and `v`, both (m, k); fill `out` (m, columns) and `status` (m,).

    Columns: mean, sd and quantiles `q` of mu; mean, sd and quantiles of tau; quantiles of a new
    study's effect; P(mu < 0); log evidence.
    """
    many = q.size
    for row in range(y.shape[0]):
        problem = (y[row], v[row], mean0, precision0, code, p, upper)
        middle = 0.0
        if math.isinf(upper):
            middle = 0.5 * math.log(np.median(v[row]))
        status[row], nodes, panels, place, _ = nodes_of_tau(problem, middle, exist)
        if status[row] != OK:
            continue
        kept = nodes[1] > 1e-15
        tau, weight, mean, spread = nodes[0][kept], nodes[1][kept], nodes[2][kept], nodes[3][kept]
        first = (weight * mean).sum()
        out[row, 0] = first
        out[row, 1] = math.sqrt((weight * (spread + (mean - first) ** 2)).sum())
        out[row, 2 : 2 + many] = normal_quantiles(q, weight, mean, np.sqrt(spread))
        of_tau = (weight * tau).sum()
        out[row, 2 + many] = of_tau
        out[row, 3 + many] = math.sqrt((weight * (tau - of_tau) ** 2).sum())
        out[row, 4 + many : 4 + 2 * many] = tau_quantiles(q, panels, place, problem)
        new = np.sqrt(spread + tau * tau)
        out[row, 4 + 2 * many : 4 + 3 * many] = normal_quantiles(q, weight, mean, new)
        out[row, 4 + 3 * many] = normal_cdf(np.zeros(1), weight, mean, np.sqrt(spread))[0]
        out[row, 5 + 3 * many] = place[2]


@cached(error_model="numpy", nogil=True)
def prior_density(tau, code, p, upper):  # type: ignore[no-untyped-def]
    """Prior density of tau at each of (n,), all above 0."""
    out = np.zeros(tau.size)
    for n in range(tau.size):
        if tau[n] <= upper:
            out[n] = math.exp(log_prior_density(code, p, tau[n], math.log(tau[n])))
    return out
