"""A plain twin of a whole trial beside the engine: the same patients, looks and decisions.

The twin is loops over patients in Python, with scipy's distributions and root finders. Of the
engine it shares the addresses of its random words alone. Stated beforehand: seed 20261122,
replicates 0 … 23 of every design, every whole number equal, every float within 1e-8.
"""

import dataclasses
import functools
import math

import numpy as np
import pytest
from scipy import optimize, stats

import equipoise as eq
from equipoise.numerics.trials import addresses, records
from equipoise.numerics.trials.decisions import REASONS
from equipoise.parts.rules import SafetyBoundary
from equipoise.simulation.job import job_of
from equipoise.simulation.run_range import run_range
from equipoise.vocabulary.scenario import Empirical, Prior, Scenario, Stratum, Survival
from equipoise.vocabulary.trial import Allocation

SEED, REPLICATES = 20261122, 24
MONTH, YEAR = 365.25 / 12, 365.25
TIE = 1e-10


@functools.lru_cache(maxsize=1 << 16)
def words(call, purpose, replicate):
    """The four words of a call, in Python's own integers."""
    c = [call, purpose, replicate % 2**32, replicate >> 32]
    k = [SEED % 2**32, SEED >> 32]
    for _ in range(10):
        high_0, low_0 = divmod(0xD2511F53 * c[0], 2**32)
        high_1, low_1 = divmod(0xCD9E8D57 * c[2], 2**32)
        c = [high_1 ^ c[1] ^ k[0], low_1, high_0 ^ c[3] ^ k[1], low_0]
        k = [(k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32]
    return c


def word(purpose, i, replicate):
    return words(i // 4, purpose, replicate)[i % 4]


def wait(w):
    return -math.log((w + 0.5) / 2**32)


# --- who comes ----------------------------------------------------------------------------------


def expected(accrual, month):
    """Patients expected by a month: the area under the rates, the ramp a triangle."""
    month = min(month, accrual.months or math.inf)
    ends = [*accrual.from_months[1:], math.inf]
    total = 0.0
    for rate, start, end in zip(accrual.rates, accrual.from_months, ends, strict=True):
        total += rate * max(min(month, end) - start, 0.0)
    ramp = accrual.ramp_up_months
    if ramp:
        risen = min(month, ramp)
        total -= accrual.rates[0] * (risen - risen**2 / (2 * ramp))
    return total


def day_of(accrual, wanted):
    if accrual.months and expected(accrual, accrual.months) < wanted - 1e-9:
        return math.inf
    high = accrual.months or 1000.0
    gap = functools.partial(lambda m: expected(accrual, m) - wanted)
    if gap(high) <= 0:
        return high * MONTH
    return optimize.brentq(gap, 0, high, xtol=1e-13, rtol=1e-15) * MONTH


def entries(design, scenario, n, replicate):
    accrual = scenario.accrual or design.accrual
    if accrual is None:
        return [float(i + 1) for i in range(n)]
    if not accrual.poisson:
        return [day_of(accrual, i + 1) for i in range(n)]
    mass, days = 0.0, []
    for i in range(n):
        mass += wait(word(addresses.ENROLMENT, i, replicate))
        days.append(day_of(accrual, mass))
    return [day for day in days if day < math.inf]


def strata(scenario, n, replicate):
    reach = np.cumsum([part.prevalence for part in scenario.parts])
    out = []
    for i in range(n):
        w = word(addresses.STRATUM, i, replicate) if len(reach) > 1 else 0
        out.append(
            next((g for g, p in enumerate(reach[:-1]) if w < round(p * 2**32)), len(reach) - 1)
        )
    return out


def arms(design, stratum, n, replicate):
    allocation = design.allocation
    if design.endpoint.single_arm:
        return [1] * n
    if allocation is None or allocation.kind == "fixed":
        if allocation:
            share = allocation.ratio[1] / sum(allocation.ratio)
        else:
            share = design.patients[1] / sum(design.patients)
        return [math.floor((i + 1) * share + 1e-9) - math.floor(i * share + 1e-9) for i in range(n)]
    draws = [word(addresses.ALLOCATION, i, replicate) for i in range(n)]
    control, treatment = allocation.ratio
    if allocation.kind == "simple":
        return [int(w < treatment / (control + treatment) * 2**32) for w in draws]
    sizes = allocation.sizes or (control + treatment,)
    left, out = {}, []
    for i, w in enumerate(draws):
        place = stratum[i] if allocation.stratified else 0
        if not any(left.get(place, ())):
            more = word(addresses.BLOCK, i, replicate) if len(sizes) > 1 else 0
            times = sizes[more * len(sizes) // 2**32] // (control + treatment)
            left[place] = [control * times, treatment * times]
        a = int(w * sum(left[place]) // 2**32 < left[place][1])
        left[place][a] -= 1
        out.append(a)
    return out


# --- what happens to them -----------------------------------------------------------------------


def odds_moved(risk, by):
    return risk if risk in (0, 1) else 1 / (1 + (1 - risk) / risk * math.exp(-by))


def survival_time(hazards, starts, mass):
    """When the cumulative hazard is `mass`; hazards a month."""
    total = 0.0
    for hazard, start, end in zip(hazards, starts, [*starts[1:], math.inf], strict=True):
        if hazard > 0 and total + hazard * (end - start) >= mass:
            return start + (mass - total) / hazard
        total += hazard * (end - start) if hazard > 0 else 0.0
    return math.inf


def at(starts, values, month):
    return [value for start, value in zip(starts, values, strict=True) if start <= month][-1]


def months_to_event(endpoint, part, arm, mass):
    if part.survival is not None:
        own = part.survival[arm]
        if own.median_months is not None:
            return own.median_months * (mass / math.log(2)) ** (1 / own.shape)
        return survival_time(own.hazards, own.from_months, mass)
    ratios = part.hazard_ratio if isinstance(part.hazard_ratio, tuple) else (part.hazard_ratio,)
    starts = sorted({*endpoint.from_months, *part.from_months})
    hazards = [
        at(endpoint.from_months, endpoint.hazards, m)
        * (at(part.from_months, ratios, m) if arm else 1)
        for m in starts
    ]
    return survival_time(hazards, starts, mass)


def outcome(endpoint, scenario, part, arm, w, entry):
    drift = scenario.time_trend * entry / YEAR
    if part.outcomes is not None:
        table = (part.outcomes.control, part.outcomes.treatment)[arm]
        value = table[w * len(table) // 2**32]
        return value * MONTH if isinstance(endpoint, eq.TimeToEvent) else value
    if isinstance(endpoint, eq.Binary):
        risk = odds_moved(part.risks[arm], drift)
        if endpoint.better == "higher":
            return int(w < round(risk * 2**32))
        return int(w >= round((1 - risk) * 2**32))
    if isinstance(endpoint, eq.Continuous):
        sds = part.sds or scenario.sds or endpoint.sd
        sd = sds[arm] if isinstance(sds, tuple) else sds
        return part.means[arm] + drift + sd * stats.norm.ppf((w + 0.5) / 2**32)
    return months_to_event(endpoint, part, arm, wait(w) / math.exp(drift)) * MONTH


def people(design, scenario, replicate):
    """Rows of entry, arm, stratum, value, lost, adverse, in order of enrolment."""
    endpoint = design.endpoint
    n = math.ceil(sum(design.patients))
    entry = entries(design, scenario, n, replicate)
    stratum = strata(scenario, len(entry), replicate)
    arm = arms(design, stratum, len(entry), replicate)
    hazards = scenario.dropout_per_month
    if hazards is None:
        hazards = getattr(endpoint, "dropout_per_month", 0.0)
    hazards = hazards if isinstance(hazards, tuple) else (hazards, hazards)
    rank, rows = [0, 0], []
    for i, (day, a) in enumerate(zip(entry, arm, strict=True)):
        w = word(addresses.OUTCOME + a, rank[a], replicate)
        rank[a] += 1
        value = outcome(endpoint, scenario, scenario.parts[stratum[i]], a, w, day)
        lost = math.inf
        if hazards[a] > 0:
            lost = wait(word(addresses.DROPOUT, i, replicate)) / hazards[a] * MONTH
        bad = 0
        if scenario.adverse_risks is not None:
            bad = int(
                word(addresses.ADVERSE, i, replicate) < round(scenario.adverse_risks[a] * 2**32)
            )
        rows.append((day, a, stratum[i], value, lost, bad))
    return rows


# --- tests --------------------------------------------------------------------------------------


def over(numerator, variance):
    if variance > 0:
        return numerator / math.sqrt(variance)
    return 0.0 if abs(numerator) < 1e-12 else math.copysign(1e300, numerator)


def null_rates(x1, n1, x0, n0, margin, scale):
    """Rates of greatest likelihood at the margin, by bisection of the score."""
    one = {
        "difference": lambda p: p + margin,
        "ratio": lambda p: p * margin,
        "odds ratio": lambda p: p * margin / (1 - p + p * margin),
    }[scale]
    slope = {
        "difference": lambda _: 1.0,
        "ratio": lambda _: margin,
        "odds ratio": lambda p: margin / (1 - p + p * margin) ** 2,
    }[scale]
    low, high = 0.0, 1.0
    if scale == "difference":
        low, high = max(0.0, -margin), min(1.0, 1 - margin)
    elif scale == "ratio":
        high = min(1.0, 1 / margin)

    def score(p):
        p1 = one(p)
        return slope(p) * (x1 / p1 - (n1 - x1) / (1 - p1)) + x0 / p - (n0 - x0) / (1 - p)

    p = optimize.brentq(score, low + 1e-13, high - 1e-13, xtol=1e-15, rtol=1e-15)
    return one(p), p


def rates(endpoint, test, x1, n1, x0, n0):
    """z, z for futility, estimate, standard error."""
    sign = 1 if endpoint.better == "higher" else -1
    if endpoint.single_arm:
        null, p1 = endpoint.control, x1 / n1
        z = sign * over(p1 - null, null * (1 - null) / n1)
        return z, z, p1 - null, math.sqrt(p1 * (1 - p1) / n1)
    p1, p0 = x1 / n1, x0 / n0
    scale = endpoint.scale
    margin = endpoint.no_effect if endpoint.margin is None else endpoint.margin
    var1, var0 = p1 * (1 - p1) / n1, p0 * (1 - p0) / n0
    if test == "unpooled":
        z = {
            "difference": lambda: over(p1 - p0 - margin, var1 + var0),
            "ratio": lambda: over(p1 - margin * p0, var1 + margin**2 * var0),
            "odds ratio": lambda: (
                math.log(p1 / (1 - p1) * (1 - p0) / p0 / margin)
                / math.sqrt(1 / x1 + 1 / (n1 - x1) + 1 / x0 + 1 / (n0 - x0))
            ),
        }[scale]()
    elif margin == endpoint.no_effect:
        p = (x1 + x0) / (n1 + n0)
        z = over(p1 - p0, p * (1 - p) * (1 / n1 + 1 / n0))
    else:
        one, zero = null_rates(x1, n1, x0, n0, margin, scale)
        first, second = one * (1 - one), zero * (1 - zero)
        z = {
            "difference": lambda: over(p1 - p0 - margin, first / n1 + second / n0),
            "ratio": lambda: over(p1 - margin * p0, first / n1 + margin**2 * second / n0),
            "odds ratio": lambda: n1 * (p1 - one) * math.sqrt(1 / (n1 * first) + 1 / (n0 * second)),
        }[scale]()
    z *= sign
    futility_z = z
    if test == "fisher-exact":
        good1, good0 = (x1, x0) if sign > 0 else (n1 - x1, n0 - x0)
        z = stats.norm.isf(stats.hypergeom.sf(good1 - 1, n1 + n0, good1 + good0, n1))
    if scale == "difference":
        return z, futility_z, p1 - p0, math.sqrt(var1 + var0)
    add = 0.5 if 0 in (x1, x0, n1 - x1, n0 - x0) else 0.0
    a, b, c, d = x1 + add, x0 + add, n1 - x1 + add, n0 - x0 + add
    if scale == "ratio":
        error = math.sqrt(1 / a - 1 / (a + c) + 1 / b - 1 / (b + d))
        return z, futility_z, math.log(a / (a + c) / b * (b + d)), error
    return z, futility_z, math.log(a * d / b / c), math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)


def means(endpoint, test, one, zero):
    """z, estimate, standard error, degrees of freedom."""
    sign = 1 if endpoint.better == "higher" else -1
    sds = endpoint.sd if isinstance(endpoint.sd, tuple) else (endpoint.sd,) * 2
    n1, n0 = len(one), len(zero)
    if endpoint.single_arm:
        estimate, null = np.mean(one) - endpoint.control, 0.0
        error, df = (
            (sds[1] / math.sqrt(n1), math.inf)
            if test == "z"
            else (np.std(one, ddof=1) / math.sqrt(n1), n1 - 1.0)
        )
    else:
        estimate, null = np.mean(one) - np.mean(zero), endpoint.margin
        parts = np.var(one, ddof=1) / n1, np.var(zero, ddof=1) / n0
        if test == "z":
            error, df = math.sqrt(sds[1] ** 2 / n1 + sds[0] ** 2 / n0), math.inf
        elif test == "t":
            df = n1 + n0 - 2.0
            pooled = (np.var(one) * n1 + np.var(zero) * n0) / df
            error = math.sqrt(pooled * (1 / n1 + 1 / n0))
        else:
            error = math.sqrt(sum(parts))
            df = sum(parts) ** 2 / (parts[0] ** 2 / (n1 - 1) + parts[1] ** 2 / (n0 - 1))
    t = sign * (estimate - null) / error
    z = t if df == math.inf else math.copysign(stats.norm.isf(stats.t.sf(abs(t), df)), t)
    return z, estimate, error, df


def log_rank_table(rows):
    """Of (time, event, arm): at each time of events, at risk and events by arm."""
    out = []
    for time in sorted({t for t, event, _ in rows if event}):
        risk = [sum(t >= time and arm == a for t, _, arm in rows) for a in (0, 1)]
        events = [sum(t == time and event and arm == a for t, event, arm in rows) for a in (0, 1)]
        out.append((*risk, *events))
    return out


def score_and_variance(table, rho, gamma):
    score = variance = 0.0
    survival = 1.0
    for n0, n1, d0, d1 in table:
        n, d = n0 + n1, d0 + d1
        weight = survival**rho * (1 - survival) ** gamma
        score += weight * (d1 - d * n1 / n)
        if n > 1:
            variance += weight**2 * d * n1 * n0 * (n - d) / (n * n * (n - 1))
        survival *= 1 - d / n
    return score, variance


def cox(table):
    """Efron's log hazard ratio and its standard error."""

    def score(beta):
        total = information = 0.0
        for n0, n1, d0, d1 in table:
            d = d0 + d1
            total += d1
            for j in range(d):
                zero, one = n0 - j / d * d0, math.exp(beta) * (n1 - j / d * d1)
                p = one / (zero + one)
                total -= p
                information += p * (1 - p)
        return total, information

    # A ratio at the edge: the events with both arms at risk are all of one arm.
    events = [sum(row[2 + arm] for row in table if row[0] and row[1]) for arm in (0, 1)]
    if 0 in events:
        return (math.inf if events[1] else -math.inf), math.inf
    beta = optimize.brentq(lambda b: score(b)[0], -20, 20, xtol=1e-13, rtol=1e-13)
    return beta, 1 / math.sqrt(score(beta)[1])


def survival_look(design, rows, day, share):
    """z, estimate, standard error, events."""
    endpoint = design.endpoint
    seen = []
    for entry, arm, stratum, value, lost, _ in rows:
        if entry > day:
            continue
        time = min(value, lost)
        if entry + time <= day:
            seen.append((time, value <= lost, arm, stratum))
        else:
            seen.append((day - entry, False, arm, stratum))
    groups = sorted({row[3] for row in seen}) if endpoint.stratified else [None]
    score = variance = 0.0
    for group in groups:
        table = log_rank_table([row[:3] for row in seen if group is None or row[3] == group])
        more = score_and_variance(table, endpoint.rho, endpoint.gamma)
        score, variance = score + more[0], variance + more[1]
    events = sum(row[1] for row in seen)
    sign = 1 if endpoint.better == "higher" else -1
    z = sign * score / math.sqrt(variance)
    z -= sign * math.log(endpoint.margin) * math.sqrt(events * share * (1 - share))
    if len(groups) > 1:
        return z, score / variance, 1 / math.sqrt(variance), events
    return z, *cox(log_rank_table([row[:3] for row in seen])), events


# --- a trial ------------------------------------------------------------------------------------


def information(endpoint, known):
    one = [value for arm, value in known if arm]
    zero = [value for arm, value in known if not arm]
    single = endpoint.single_arm
    if len(one) < 2 or (len(zero) < 2 and not single):
        return 0.0
    if isinstance(endpoint, eq.Binary):
        p = (sum(one) + sum(zero)) / len(known)
        spread = p * (1 - p)
    elif endpoint.known_sd:
        spread = endpoint.sd**2
    else:
        spread = sum(np.var(x) * len(x) for x in (one, zero) if x)
        spread /= len(known) - (1 if single else 2)
    variance = spread / len(one) + (0 if single else spread / len(zero))
    return 1 / variance if variance > 0 else 0.0


def planned(design):
    endpoint, (*_, n1) = design.endpoint, design.patients
    n0 = math.inf if endpoint.single_arm else design.patients[0]
    if isinstance(endpoint, eq.Binary):
        p = (n1 * endpoint.treatment + n0 * endpoint.control) / (n0 + n1)
        return 1 / (p * (1 - p) * (1 / n0 + 1 / n1))
    return 1 / (endpoint.sd**2 * (1 / n0 + 1 / n1))


def follow(design, rows):
    """Looks (day, reached, known (arm, value), whether it is the last) of rates and means."""
    endpoint, by = design.endpoint, design.look_by or "patients"
    delay = endpoint.delay_days if design.accrual is not None else 0
    coming = [(row[0] + delay, row[4] >= delay, (row[1], row[3])) for row in rows]
    amount = {
        "patients": len,
        "events": lambda known: sum(value for _, value in known),
        "information": functools.partial(information, endpoint),
    }.get(by)
    place, known, last = 0, [], 0.0
    looks = []
    for k, look in enumerate(design.looks):
        target = {
            "patients": sum(look.patients),
            "events": look.events,
            "information": look.information * planned(design) if by == "information" else 0,
            "calendar": (look.months or 0) * MONTH,
        }[by]
        day = target if by == "calendar" else None
        if by != "calendar" and amount(known) >= target:
            day = last
        reached = day is not None
        while place < len(coming) and (day is None or coming[place][0] <= day):
            comes, stays, row = coming[place]
            place += 1
            if not stays:
                continue
            known.append(row)
            last = comes
            if day is None and amount(known) >= target:
                day, reached = comes, True
        if day is None:
            day = rows[-1][0] + delay
        final = place == len(coming) or k == len(design.looks) - 1
        if final and by != "calendar":
            end = design.looks[-1]
            goal = {
                "patients": sum(end.patients),
                "events": end.events,
                "information": end.information * (planned(design) if by == "information" else 0),
            }[by]
            reached = amount(known) >= goal
        looks.append((day, reached, list(known), final))
        if final:
            break
    return looks


def survival_days(design, rows):
    by = design.look_by or "events"
    happens = sorted(r[0] + r[3] for r in rows if r[3] <= r[4] and r[3] < math.inf)
    looks = []
    for k, look in enumerate(design.looks):
        if by == "calendar":
            day = look.months * MONTH
        elif by == "patients":
            wanted = int(sum(look.patients))
            day = rows[wanted - 1][0] if wanted <= len(rows) else None
        else:
            wanted = math.ceil(look.events - 1e-9)
            day = happens[wanted - 1] if wanted <= len(happens) else None
        final = day is None or k == len(design.looks) - 1
        looks.append((happens[-1] if day is None else day, day is not None, final))
        if final:
            break
    return looks


def adverse_z(rows, day, delay):
    seen = [(row[1], row[5]) for row in rows if row[0] + delay <= day]
    n1 = sum(arm for arm, _ in seen)
    n0 = len(seen) - n1
    if not (n0 and n1):
        return 0.0
    x1 = sum(bad for arm, bad in seen if arm)
    x0 = sum(bad for arm, bad in seen if not arm)
    p = (x0 + x1) / (n0 + n1)
    return over(x1 / n1 - x0 / n0, p * (1 - p) * (1 / n0 + 1 / n1))


def decision(design, k, z, futility_z, bad):
    look, last = design.looks[k], k == len(design.looks) - 1
    safety = next((rule for rule in design.rules if isinstance(rule, SafetyBoundary)), None)
    if (
        safety is not None
        and bad >= (safety.z[k] if isinstance(safety.z, tuple) else safety.z) - TIE
    ):
        return "safety"
    if z >= look.efficacy_z - TIE:
        return "efficacy"
    if design.plan.sided == 2:
        if z <= TIE - look.efficacy_z:
            return "harm"
        if last:
            return "end"
        return (
            "futility" if look.futility_z > 0 and abs(futility_z) <= look.futility_z + TIE else None
        )
    if last:
        return "end"
    return "futility" if futility_z <= look.futility_z + TIE else None


def twin(design, scenario, replicate):
    """A record of the trial, as the engine keeps one."""
    endpoint = design.endpoint
    rows = people(design, scenario, replicate)
    test = eq_test(design)
    out = None
    alone = 0
    survival = isinstance(endpoint, eq.TimeToEvent)
    share = arms_share(design)
    looks = survival_days(design, rows) if survival else follow(design, rows)
    for k, look in enumerate(looks):
        day, reached, final = look[0], look[1], look[-1]
        if final:
            k = len(design.looks) - 1
        enrolled = sum(row[0] <= day for row in rows)
        df = math.inf
        if survival:
            z, estimate, error, events = survival_look(design, rows, day, share)
            futility_z, known = z, enrolled
        else:
            one = [value for arm, value in look[2] if arm]
            zero = [value for arm, value in look[2] if not arm]
            known, events = len(look[2]), 0
            if isinstance(endpoint, eq.Binary):
                events = sum(one) + sum(zero)
                z, futility_z, estimate, error = rates(
                    endpoint, test, sum(one), len(one), sum(zero), len(zero)
                )
            else:
                z, estimate, error, df = means(endpoint, test, one, zero)
                futility_z = z
        safety = next((rule for rule in design.rules if isinstance(rule, SafetyBoundary)), None)
        bad = 0.0 if safety is None else adverse_z(rows, day, safety.delay_days)
        said = decision(design, k, z, futility_z, bad)
        if said is not None and out is None:
            out = {
                "whole": [k, REASONS.index(said), enrolled, known, events, int(not reached)],
                "float": [day, z, estimate, error, df],
            }
        if z >= design.looks[k].efficacy_z - TIE:
            alone = 1
            break
        if said in ("end", "harm"):
            break
    out["whole"].append(alone)
    return out


def eq_test(design):
    endpoint = design.endpoint
    if isinstance(endpoint, eq.Binary):
        plain = endpoint.margin is None and endpoint.scale == "difference" and design.ratio == 1
        fisher = plain and not endpoint.single_arm and isinstance(design.plan, eq.FixedSample)
        return endpoint.test or ("fisher-exact" if fisher else "pooled")
    if isinstance(endpoint, eq.Continuous):
        if endpoint.known_sd:
            return "z"
        return "welch" if isinstance(endpoint.sd, tuple) else "t"
    return "log-rank"


def arms_share(design):
    if design.allocation is not None:
        return design.allocation.ratio[-1] / sum(design.allocation.ratio)
    return design.patients[-1] / sum(design.patients)


# --- designs ------------------------------------------------------------------------------------

NONE = -math.inf
EVEN = eq.Accrual(per_month=30)
RAMP = eq.Accrual(per_month=(20, 35), from_months=(0, 3), ramp_up_months=2)
CHANCE = eq.Accrual(per_month=(12, 30), from_months=(0, 2), ramp_up_months=1, poisson=True)
SHORT = eq.Accrual(per_month=30, months=3, poisson=True)
THREE = ((2.2, 0.3), (2.1, 0.8), (2.0, NONE))


def plan(sided, by):
    """By calendar and information a plan spends its alpha anew; here the boundaries stand."""
    if by in ("calendar", "information"):
        return eq.FixedSample()
    return eq.GroupSequential(information=(0.4, 0.7, 1), alpha=0.025 * sided, sided=sided)


def make(endpoint, sizes, bounds=THREE, events=None, months=None, sided=1, ratio=1.0, **more):
    looks = tuple(
        eq.PlannedLook(
            information=sum(n) / sum(sizes[-1]) if events is None else events[k] / events[-1],
            patients=n,
            efficacy_z=up,
            futility_z=low,
            events=None if events is None else events[k],
            months=None if months is None else months[k],
        )
        for k, (n, (up, low)) in enumerate(zip(sizes, bounds, strict=True))
    )
    return eq.Design(
        endpoint=endpoint, plan=plan(sided, more.get("look_by")), looks=looks, ratio=ratio, **more
    )


ONE_TO_ONE = ((16, 16), (28, 28), (40, 40))
TWO_TO_ONE = ((12, 24), (20, 40), (30, 60))
ALONE = ((14,), (25,), (36,))
BLOCKS = Allocation(sizes=(2, 4, 6))
LOWER, HIGHER = {"better": "lower"}, {"better": "higher"}
ALIKE = ("a", "b")
MIXED = tuple(
    Stratum(name=name, prevalence=share, risks=risks)
    for name, share, risks in (
        ("a", 0.3, (0.5, 0.2)),
        ("b", 0.45, (0.3, 0.3)),
        ("c", 0.25, (0.6, 0.7)),
    )
)
MEAN_STRATA = (
    Stratum(name="a", prevalence=0.6, means=(2, 3), sds=(1, 2)),
    Stratum(name="b", prevalence=0.4, means=(4, 4)),
)
TABLE = Empirical(control=(0, 0, 1, 1, 1), treatment=(0, 0, 0, 1, 0))
TIMES = Empirical(control=(1, 2, 3, 5, math.inf), treatment=(2, 3, 4, math.inf, 6.5))
SURVIVAL_STRATA = (
    Stratum(
        name="a",
        prevalence=0.5,
        survival=(Survival(median_months=4), Survival(median_months=7)),
    ),
    Stratum(
        name="b",
        prevalence=0.5,
        survival=(
            Survival(hazard_per_month=0.2),
            Survival(hazard_per_month=(0.2, 0.1), from_months=(0, 2)),
        ),
    ),
)
EVENTS = (18, 30, 45)


def rate(test="pooled", better="lower", **more):
    treatment = {"lower": 0.3, "higher": 0.7}[better]
    return eq.Binary(control=0.5, treatment=treatment, better=better, test=test, **more)


def time(**more):
    return eq.TimeToEvent(hazard_ratio=0.6, control_hazard_per_month=0.12, **more)


DESIGNS = {
    "rates, in turn": (make(rate(), ONE_TO_ONE), Scenario(name="a", risks=(0.5, 0.3))),
    "rates, Fisher": (
        make(rate("fisher-exact"), ONE_TO_ONE),
        Scenario(name="a", risks=(0.5, 0.35)),
    ),
    "rates, Fisher, dropout": (
        make(
            rate("fisher-exact", "higher", delay_days=30),
            ONE_TO_ONE,
            accrual=RAMP,
            allocation=BLOCKS,
        ),
        Scenario(name="a", risks=(0.5, 0.6), dropout_per_month=(0.2, 0.1)),
    ),
    "rates, unpooled ratio, 1:2": (
        make(rate("unpooled", scale="ratio"), TWO_TO_ONE, ratio=2.0),
        Scenario(name="a", risks=(0.5, 0.35)),
    ),
    "rates, margin, blocks, even": (
        make(
            rate(margin=0.1, delay_days=28),
            TWO_TO_ONE,
            ratio=2.0,
            accrual=EVEN,
            allocation=Allocation(ratio=(1, 2), sizes=(3, 6)),
        ),
        Scenario(name="a", risks=(0.5, 0.45), dropout_per_month=0.05),
    ),
    "rates, margin of a ratio, trend": (
        make(
            rate(margin=0.9, scale="ratio", better="higher", delay_days=60),
            ONE_TO_ONE,
            accrual=RAMP,
        ),
        Scenario(name="a", risks=(0.5, 0.6), time_trend=1.5),
    ),
    "rates, margin of the odds, trend, strata, Poisson": (
        make(
            rate("score", margin=1.3, scale="odds ratio", delay_days=20),
            ONE_TO_ONE,
            accrual=CHANCE,
            allocation=Allocation(sizes=(2, 4), stratified=True),
        ),
        Scenario(name="a", strata=MIXED, time_trend=-1.0, dropout_per_month=0.1),
    ),
    "rates, by events, simple": (
        make(
            rate(delay_days=10),
            ONE_TO_ONE,
            events=(12, 20, 30),
            look_by="events",
            accrual=CHANCE,
            allocation=Allocation(kind="simple"),
        ),
        Scenario(name="a", risks=(0.5, 0.4)),
    ),
    "rates, by information": (
        make(
            rate(delay_days=10), ONE_TO_ONE, look_by="information", accrual=EVEN, allocation=BLOCKS
        ),
        Scenario(name="a", risks=(0.2, 0.15), dropout_per_month=0.1),
    ),
    "rates, calendar, safety": (
        make(
            rate(delay_days=15),
            ONE_TO_ONE,
            months=(1.5, 2.5, 5),
            look_by="calendar",
            accrual=EVEN,
            rules=(SafetyBoundary(z=(2.5, 1.5, 1.2), delay_days=7),),
            allocation=BLOCKS,
        ),
        Scenario(name="a", risks=(0.5, 0.4), adverse_risks=(0.2, 0.35)),
    ),
    "rates, table, too few come": (
        make(rate(delay_days=5), ONE_TO_ONE, accrual=SHORT, allocation=BLOCKS),
        Scenario(name="a", outcomes=TABLE),
    ),
    "rates, one arm": (
        make(rate(better="higher", single_arm=True), ALONE, arms=("new",)),
        Scenario(name="a", risks=(0.5, 0.6)),
    ),
    "rates, two-sided": (
        make(rate(), ONE_TO_ONE, ((2.3, 0.2), (2.2, 0.6), (2.0, NONE)), sided=2),
        Scenario(name="a", risks=(0.4, 0.5)),
    ),
    "means, t": (
        make(eq.Continuous(control=2, treatment=3, sd=2), ONE_TO_ONE),
        Scenario(name="a", means=(2, 2.7)),
    ),
    "means, known, margin, 1:2": (
        make(
            eq.Continuous(control=2, treatment=1.8, sd=2, known_sd=True, better="lower", margin=1),
            TWO_TO_ONE,
            ratio=2.0,
        ),
        Scenario(name="a", means=(2, 2.4), sds=(1.5, 2.5)),
    ),
    "means, Welch, trend, Poisson": (
        make(
            eq.Continuous(control=2, treatment=3, sd=(1, 2), delay_days=40),
            ONE_TO_ONE,
            accrual=CHANCE,
            allocation=BLOCKS,
        ),
        Scenario(name="a", means=(2, 2.5), time_trend=3.0, dropout_per_month=(0.1, 0.2)),
    ),
    "means, information, strata": (
        make(
            eq.Continuous(control=2, treatment=3, sd=2, delay_days=9),
            ONE_TO_ONE,
            accrual=RAMP,
            look_by="information",
            allocation=Allocation(sizes=(4,), stratified=True),
        ),
        Scenario(name="a", strata=MEAN_STRATA),
    ),
    "means, one arm, table": (
        make(eq.Continuous(control=2, treatment=3, sd=2, single_arm=True), ALONE, arms=("new",)),
        Scenario(name="a", outcomes=Empirical(control=(1, 2, 3), treatment=(1.5, 4.0, 2.25))),
    ),
    "means, two-sided": (
        make(
            eq.Continuous(control=2, treatment=3, sd=2),
            ONE_TO_ONE,
            ((2.3, 0.2), (2.2, 0.6), (2.0, NONE)),
            sided=2,
        ),
        Scenario(name="a", means=(2, 1.5)),
    ),
    "survival, even": (
        make(time(dropout_per_month=0.03), ONE_TO_ONE, events=EVENTS, accrual=EVEN),
        Scenario(name="a", hazard_ratio=0.6),
    ),
    "survival, delayed, weights, Poisson": (
        make(
            time(rho=0.5, gamma=1.0, dropout_per_month=(0.02, 0.05)),
            ONE_TO_ONE,
            events=EVENTS,
            accrual=CHANCE,
            allocation=BLOCKS,
        ),
        Scenario(name="a", hazard_ratio=(1, 0.4), from_months=(0, 2)),
    ),
    "survival, margin, calendar, 1:2": (
        make(
            time(margin=1.2),
            TWO_TO_ONE,
            events=EVENTS,
            months=(4, 6, 11),
            look_by="calendar",
            accrual=RAMP,
            ratio=2.0,
            allocation=Allocation(ratio=(1, 2), sizes=(3, 6)),
        ),
        Scenario(
            name="a",
            survival=(Survival(median_months=6, shape=1.4), Survival(median_months=7, shape=0.8)),
        ),
    ),
    "survival, stratified": (
        make(
            time(stratified=True),
            ONE_TO_ONE,
            events=EVENTS,
            accrual=EVEN,
            allocation=Allocation(sizes=(2, 4), stratified=True),
        ),
        Scenario(name="a", strata=SURVIVAL_STRATA, dropout_per_month=0.02),
    ),
    "survival, piecewise, trend, too few events": (
        make(
            eq.TimeToEvent(
                hazard_ratio=0.6,
                control_hazard_per_month=(0.05, 0.2, 0.0),
                from_months=(0, 2, 6),
                better="higher",
                margin=0.5,
            ),
            ONE_TO_ONE,
            events=(18, 30, 55),
            accrual=CHANCE,
            allocation=Allocation(kind="simple"),
        ),
        Scenario(name="a", hazard_ratio=0.8, time_trend=0.7, dropout_per_month=0.05),
    ),
    "survival, table with ties, by patients": (
        make(
            time(),
            ONE_TO_ONE,
            events=EVENTS,
            look_by="patients",
            accrual=eq.Accrual(per_month=8),
            allocation=BLOCKS,
        ),
        Scenario(name="a", outcomes=TIMES),
    ),
    "survival, by information": (
        make(time(), ONE_TO_ONE, events=(14.5, 29, 50), look_by="information", accrual=EVEN),
        Scenario(name="a", hazard_ratio=0.5),
    ),
}

WHOLE = [getattr(records, name) for name in (
    "LOOK", "REASON", "ENROLLED", "KNOWN", "EVENTS", "SHORT", "EFFICACY_ONLY"
)]  # fmt: skip


def ways(job):
    """Patient by patient, and the faster way where there is one."""
    return [job] if job.fixed is None else [job, dataclasses.replace(job, fixed=None)]


@pytest.mark.parametrize("name", DESIGNS)
def test_records_are_those_of_the_twin(name):
    design, scenario = DESIGNS[name]
    wanted = [twin(design, scenario, replicate) for replicate in range(REPLICATES)]
    for job in ways(job_of(design, [scenario], SEED)):
        part = run_range(job, 0, REPLICATES, keep=True)
        for replicate, row in enumerate(wanted):
            whole = part.counts[0, replicate, WHOLE].tolist()
            assert whole == row["whole"], (job.fixed is None, replicate)
            found = part.values[0, replicate]
            assert found == pytest.approx(row["float"], rel=1e-8, abs=1e-8), replicate
    assert len({row["whole"][0] for row in wanted}) > 1


def test_a_prior_draws_the_truth_that_the_twin_is_given():
    design = DESIGNS["rates, in turn"][0]
    prior = Prior(risks=(stats.beta(20, 20), stats.beta(12, 28)))
    part = run_range(job_of(design, [Scenario(name="p", prior=prior)], SEED), 0, REPLICATES, True)
    for replicate in range(REPLICATES):
        risks = []
        for i, entry in enumerate(prior.entries):
            a, b, _, _ = words(i, addresses.PRIOR, replicate)
            risks.append(float(entry.ppf((a * 2**32 + b + 0.5) / 2**64)))
        row = twin(design, Scenario(name="a", risks=tuple(risks)), replicate)
        assert part.counts[0, replicate, WHOLE].tolist() == row["whole"]
        assert part.values[0, replicate] == pytest.approx(row["float"], rel=1e-8, abs=1e-8)
