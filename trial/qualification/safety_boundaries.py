"""Stopping boundaries against R: the integers exactly, their chances to 1e-8, critical values as well as the reference knows them."""

from collections.abc import Iterator, Sequence

from trial.qualification.cells import Row, read_count, read_numbers
from trial.qualification.reference import Finding, Omission, Result, close, declare, group_rows, same, steady
from trial.signals.arrivals import (
    ATTAINED,
    ExposurePlan,
    calibrate_exposure,
    compute_maxsprt_chance,
    compute_maxsprt_critical,
    place_exposure,
)
from trial.signals.boundary import Rule, compute_limits, compute_operating
from trial.signals.calibrated import Plan
from trial.signals.calibrated_search import seek_boundary

CHANCE = 1e-8
CRITICAL_OF_MAXSPRT = 1e-5
CRITICAL_OF_EXPOSURE = 1e-4
"""stoppingrule finds its critical value over exposure to a few 1e-5: alpha at it is off by up to 7e-6 (380 variants)."""
ACHIEVED_ALPHA = 1e-5
FOLLOW_UP = 1e-6
"""Nine digits of the critical value are printed, and rounding the last moves a limit by a few 1e-7 of itself."""


def compare_belief_boundaries(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare the boundaries of uncalibrated Bayesian rules, and how often they stop."""
    for label, members in group_rows(rows, "config"):
        members.sort(key=lambda row: read_count(row["n_eval"]))
        first, looks = members[0], read_count(members[-1]["n_eval"])
        yield from steady(label, members, "a b threshold cutoff p_true stop_prob_p_true expected_n_p_true stop_prob_at_threshold")
        rule = Rule(float(first["threshold"]), (float(first["a"]), float(first["b"])), float(first["cutoff"]))
        limits = compute_limits(rule, looks)
        for row in members:
            ours = limits[read_count(row["n_eval"]) - 1]
            yield same("stop_at_or_above", f"{label} n={row['n_eval']}", "" if ours is None else str(ours), row["stop_at_or_above"])
        true, at_target = compute_operating(rule, looks, float(first["p_true"])), compute_operating(rule, looks, rule.target)
        yield close("stop_prob_p_true", label, true.chance_to_stop, first["stop_prob_p_true"], CHANCE)
        yield close("expected_n_p_true", label, true.expected_subjects, first["expected_n_p_true"], CHANCE)
        yield close("stop_prob_at_threshold", label, at_target.chance_to_stop, first["stop_prob_at_threshold"], CHANCE)


def compare_calibrated(rows: Sequence[Row]) -> Iterator[Result]:
    """Compare calibrated boundaries over subjects, sought where the reference seeks; the critical value is a knife edge, not compared."""
    for label, members in group_rows(rows, "config"):
        members.sort(key=lambda row: read_count(row["n_eval"]))
        first = members[0]
        yield from steady(label, members, "type p0 alpha param cval type1_error p1 power_p1 exp_events_p0 exp_events_p1")
        if any(not read_count(row["reject_at_or_above"]) for row in members):
            yield Omission(label, "it stops before any event, and its chances are those of no trial")
            continue
        settings = tuple(read_numbers(first["param"])) if first["param"] else ()
        looks = tuple(read_count(row["n_eval"]) for row in members)
        found = seek_boundary(Plan(first["type"], float(first["p0"]), float(first["alpha"]), looks, settings))
        for row, limit in zip(members, found.limits, strict=True):
            yield same("reject_at_or_above", f"{label} n={row['n_eval']}", str(limit), row["reject_at_or_above"])
        null, other = found.operating(float(first["p0"])), found.operating(float(first["p1"]))
        yield close("type1_error", label, found.type_one_error, first["type1_error"], CHANCE)
        yield close("power_p1", label, other.chance_to_stop, first["power_p1"], CHANCE)
        yield close("exp_events_p0", label, null.expected_events, first["exp_events_p0"], CHANCE)
        yield close("exp_events_p1", label, other.expected_events, first["exp_events_p1"], CHANCE)


def compare_exposure(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare boundaries over follow-up: ours at their critical value, its achieved alpha, and our own critical value."""
    for label, members in group_rows(rows, "config"):
        members.sort(key=lambda row: read_count(row["events_reject"]))
        yield from steady(label, members, "type n p0 alpha param tau_days lambda0 cval")
        plan = _read_plan(members[0])
        found, theirs = calibrate_exposure(plan), place_exposure(plan, float(members[0]["cval"]))
        yield close("lambda0", label, plan.hazard, members[0]["lambda0"])
        yield close("cval", label, found.critical, members[0]["cval"], CRITICAL_OF_EXPOSURE)
        yield close("achieved alpha", label, theirs.chance_to_stop(plan.target), members[0]["alpha"], ACHIEVED_ALPHA)
        for one in (found, theirs):
            ours = [str(one.first + place) for place in range(len(one.limits))]
            yield same("events_reject", label, ours, [str(read_count(row["events_reject"])) for row in members])
        for row, limit in zip(members, theirs.limits, strict=False):
            yield close("total_followup_upto", f"{label} {row['events_reject']} events", limit, row["total_followup_upto"], FOLLOW_UP)


def _read_plan(row: Row) -> ExposurePlan:
    extra = float(row["param"]) if row["param"] else None
    return ExposurePlan(
        row["type"], read_count(row["n"]), float(row["p0"]), float(row["alpha"]), float(row["tau_days"]),
        higher=extra if row["type"] == "SPRT" else None, delta=extra if row["type"] == "WT" else None,
    )  # fmt: skip


def compare_maxsprt(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare critical values of the Poisson MaxSPRT."""
    for row in rows:
        expected, alpha, theirs = float(row["upper_limit_expected"]), float(row["alpha"]), row["critical_value_LLR"]
        least, delay = read_count(row["min_events_M"]), float(row["delay_D"])
        ours = compute_maxsprt_critical(expected, alpha, least=least, delay=delay)
        case = f"T={row['upper_limit_expected']} alpha={row['alpha']} M={row['min_events_M']} D={row['delay_D']}"
        chance = compute_maxsprt_chance(ours, expected, least=least, delay=delay)
        found = close("critical_value_LLR", case, ours, theirs, CRITICAL_OF_MAXSPRT)
        if chance < alpha - ATTAINED and theirs not in ("", "NA") and ours + CRITICAL_OF_MAXSPRT < float(theirs) < 2 * ours:
            # no value has alpha itself: all of a stretch above ours have this chance
            of_theirs = compute_maxsprt_chance(float(theirs), expected, least=least, delay=delay)
            found = close("chance of a signal", case, of_theirs, repr(chance), CHANCE)
        yield found


STOPPING = "stoppingrule 0.5.2"
BOUNDARIES = (
    declare("Bayesian boundary", "config n_eval a b threshold cutoff stop_at_or_above", "R 4.2.2", compare_belief_boundaries),
    declare("calibrated boundary", "config type p0 alpha param n_eval reject_at_or_above type1_error", STOPPING, compare_calibrated),
    declare("boundary over follow-up", "config type n p0 alpha param tau_days cval events_reject", STOPPING, compare_exposure),
    declare("Poisson MaxSPRT", "upper_limit_expected alpha min_events_M delay_D", "Sequential 4.5.1", compare_maxsprt),
)
