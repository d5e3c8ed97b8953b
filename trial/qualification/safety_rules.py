"""Gradings, phases and clocks against their reference cases: every cell equal, hours and ratios to the four decimals printed."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from trial.clocks.calendar import compute_days_between, compute_hours_between, compute_study_day
from trial.clocks.perioperative import DAY_ZERO, ProcedureTimes, classify_onset, list_edges
from trial.clocks.reporting import Case, compute_awareness, compute_dsur, compute_due_dates, compute_report_due
from trial.grading.laboratory import RULES, Side, Value, Version, grade_value
from trial.protocol import PhasePart
from trial.qualification.cells import Row, read_count, read_flag
from trial.qualification.reference import Finding, agree_on, declare, near, same
from trial.signals.liver import LiverPeaks, classify_liver
from trial.signals.neurology import Neurology, compute_change

FOUR_DECIMALS = 5e-5 + 1e-9
PHASES = (
    PhasePart(code="pre-operative", label="pre-operative", to_hours=0),
    PhasePart(code="intraoperative", label="intraoperative"),
    PhasePart(code="0-24_h", label="0-24 h", from_hours=0, to_hours=24),
    PhasePart(code="1-7_d", label="1-7 d", from_hours=24, to_hours=7 * 24),
    PhasePart(code="8-30_d", label="8-30 d", from_hours=7 * 24, to_hours=30 * 24),
    PhasePart(code="31-90_d", label="31-90 d", from_hours=30 * 24, to_hours=90 * 24),
    PhasePart(code="over_90_d", label=">90 d", from_hours=90 * 24),
)
"""The windows of SAFETY.md 2.1."""
LABELS = {phase.code: phase.label for phase in PHASES} | {DAY_ZERO: "day 0 (time unknown)"}


def _number(text: str) -> float | None:
    return float(text) if text not in ("", "NA") else None


def compare_liver(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare eDISH quadrants and Hy's law."""
    for row in rows:
        days = read_count(row["days_alt_peak_to_tbili_peak"]) if row["days_alt_peak_to_tbili_peak"] else None
        alt, ast, bilirubin = (_number(row[f"peak_{name}_xuln"]) for name in ("alt", "ast", "tbili"))
        found = classify_liver(LiverPeaks(alt, ast, bilirubin, _number(row["alp_xuln_at_peak"]), days))
        yield same("edish_quadrant", row["id"], found.quadrant or "", row["edish_quadrant"])
        yield near("r_value", row["id"], found.r_value, row["r_value"], FOUR_DECIMALS)
        yield agree_on("potential_hys_law", row["id"], found.potential_hys_law, row["potential_hys_law"])
        yield agree_on("hys_law_alp_lt_2", row["id"], found.without_cholestasis, row["hys_law_alp_lt_2"])


def _read_neurology(row: Row, when: str) -> Neurology:
    upper, lower, light_touch, pin_prick = (read_count(row[f"{when}_{name}"]) for name in ("uems", "lems", "lt", "pp"))
    return Neurology(upper, lower, light_touch, pin_prick, row[f"{when}_motor_r"], row[f"{when}_motor_l"], row[f"{when}_ais"])


def compare_neurology(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare changes of neurological function and their flag."""
    for row in rows:
        found = compute_change(_read_neurology(row, "base"), _read_neurology(row, "fu"))
        ours = {
            "delta_motor": found.motor, "delta_uems": found.upper, "delta_lems": found.lower, "delta_sensory": found.sensory,
            "max_levels_lost": found.levels_lost, "ais_steps_lost": found.ais_steps_lost, "flag": found.flag,
        }  # fmt: skip
        for column, value in ours.items():
            yield same(column, row["id"], str(value), row[column])


def compare_laboratory(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare lab-derived CTCAE grades; the column's name says the version."""
    column = next(name for name in rows[0] if re.fullmatch(r"ctcae_v\d_grade", name))
    version: Version = next(one for one in RULES if one[0] == column[len("ctcae_v")])
    for row in rows:
        test, side = _read_test(row["test"])
        value = Value(float(row["value"]), row["unit"], *(_number(row[name]) for name in ("lln", "uln", "baseline")))
        grade = grade_value(test, value, version, side=side)
        yield same(column, f"{row['test']} {row['value']} {row['unit']}", "" if grade is None else str(grade), row[column])


def _read_test(name: str) -> tuple[str, Side | None]:
    test, _, side = name.rpartition(" ")
    if side == "high":
        return test, "high"
    return (test, "low") if side == "low" else (name, None)


def compare_phases(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare perioperative windows, hours after closure, and days."""
    edges = list_edges(PHASES)
    for row in rows:
        start, closure = (datetime.fromisoformat(row[name]).replace(tzinfo=UTC) for name in ("skin_incision", "skin_closure"))
        timed = row["onset_precision"] == "datetime"
        onset = datetime.fromisoformat(row["ae_onset"]).replace(tzinfo=UTC) if timed else date.fromisoformat(row["ae_onset"])
        day = onset.date() if isinstance(onset, datetime) else onset
        found = classify_onset(edges, ProcedureTimes(start.date(), start, closure), onset)
        hours = compute_hours_between(closure, onset) if isinstance(onset, datetime) else None
        yield same("window", row["id"], LABELS.get(found, found), row["window"])
        yield near("hours_after_closure", row["id"], hours, row["hours_after_closure"], FOUR_DECIMALS)
        yield same("postop_day", row["id"], str(compute_days_between(start.date(), day)), row["postop_day"])
        yield same("study_day", row["id"], str(compute_study_day(day, start.date())), row["study_day"])


def compare_due_dates(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare target dates of expedited reports."""
    for row in rows:
        serious, related, unexpected, urgent = (
            read_flag(row[name]) for name in ("serious", "suspected_related", "unexpected", "fatal_or_life_threatening")
        )
        decided = row["sponsor_determined_qualifies"]
        received, determined = datetime.fromisoformat(row["sponsor_received"]), datetime.fromisoformat(decided) if decided else None
        case = Case(received, serious, related, unexpected, urgent, determined)
        due = compute_due_dates(case, row["clock_timezone"])
        ours = {
            "day0": due and due.day_0, "ich_cde_eu_initial_due": due and due.initial,
            "ich_cde_followup_due": due and due.complete, "fda_due_conservative": due and due.fda,
            "fda_due_strict_text": due and due.fda_by_text,
        }  # fmt: skip
        yield agree_on("expedited", row["id"], case.expedited, row["expedited"])
        for column, value in ours.items():
            yield same(column, row["id"], "" if value is None else str(value), row[column])


def compare_awareness(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare investigators' reports with 24 elapsed hours."""
    for row in rows:
        aware, told = datetime.fromisoformat(row["investigator_aware"]), row["reported_to_sponsor"]
        if not told:  # not reported yet: only the due time can be told
            yield same("due", row["id"], compute_report_due(aware).isoformat(), datetime.fromisoformat(row["due"]).isoformat())
            continue
        found = compute_awareness(aware, datetime.fromisoformat(told))
        yield same("due", row["id"], found.due.isoformat(), datetime.fromisoformat(row["due"]).isoformat())
        yield near("elapsed_hours", row["id"], found.hours, row["elapsed_hours"], FOUR_DECIMALS)
        yield agree_on("late", row["id"], found.late, row["late"])


def compare_dsur(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare data lock points and due dates of the safety update report."""
    for row in rows:
        found = compute_dsur(date.fromisoformat(row["dibd"]), read_count(row["period"]))
        yield same("data_lock_point", row["id"], str(found.data_lock_point), row["data_lock_point"])
        yield same("due_60_days", row["id"], str(found.due), row["due_60_days"])


RULE, CALENDAR = "the stated rule", "calendar arithmetic"
RULE_CASES = (
    declare("Hy's law", "id peak_alt_xuln peak_tbili_xuln alp_xuln_at_peak edish_quadrant r_value", RULE, compare_liver),
    declare("neurological change", "id base_uems base_ais fu_uems fu_ais flag", "a proposed rule, no standard", compare_neurology),
    declare("lab-derived grades", "test value unit lln uln baseline ctcae_v5_grade", "thresholds of CTCAE v5.0", compare_laboratory),
    declare("lab-derived grades, v6", "test value unit lln uln baseline ctcae_v6_grade", "thresholds of CTCAE v6.0", compare_laboratory),
    declare("perioperative windows", "id skin_incision skin_closure ae_onset onset_precision window", RULE, compare_phases),
    declare("expedited reports", "id sponsor_received clock_timezone expedited day0", CALENDAR, compare_due_dates),
    declare("24 hours of the investigator", "id investigator_aware reported_to_sponsor due late", CALENDAR, compare_awareness),
    declare("safety update report", "id dibd period data_lock_point due_60_days", CALENDAR, compare_dsur),
)
