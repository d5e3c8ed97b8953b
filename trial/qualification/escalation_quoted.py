"""Operating characteristics that a reference file describes by the call that made them, or by a paper's words."""

from collections.abc import Iterator, Sequence
from typing import Any

from trial.escalation.exact import enumerate_tally
from trial.escalation.follow_up import Clock, simulate_in_time
from trial.escalation.register import create_design
from trial.escalation.simulate import Plan
from trial.escalation.summary import find_true_mtd
from trial.escalation.tally import Tally
from trial.qualification.calls import Call, read_calls
from trial.qualification.cells import Row, read_count, read_flag
from trial.qualification.escalation_operating import read_trials, read_truth
from trial.qualification.reference import Finding, Omission, Result, declare
from trial.qualification.yardstick import Yardstick, run_plan

UNDERSTOOD = {
    "get.oc.kb": "target p.true ncohort cohortsize n.earlystop startdose marginL marginR cutoff.eli extrasafe offset ntrial seed",
    "get_oc_TITE_QuasiBOIN": "target prob TITE ncohort cohortsize maxt accrual maxpen n.earlystop startdose cutoff.eli extrasafe offset "
    "ntrial seed",
    "titesim": "PI prior target n x0 nsim restrict obswin rate accrual scheme method model intcpt scale count seed",
}
"""Functions whose simulations are computed again, with the arguments that are understood."""
FIXED = {
    "get_oc_TITE_QuasiBOIN": {"TITE": "TRUE"},
    "titesim": {"accrual": "poisson", "restrict": "TRUE", "scheme": "linear", "method": "bayes"},
}
"""Arguments that are understood with this value only (in capitals or not)."""


def compare_quoted(rows: Sequence[Row]) -> Iterator[Result]:
    """Compare Keyboard (exact), TITEgBOIN and titesim (simulated in time) as the quoted calls set them; name other calls."""
    for label, members, repeated in read_trials(rows, "config_id", "package_fun call nsim pct_no_mtd mean_duration"):
        row, truth = members[0], read_truth(members)
        calls = read_calls(row["call"])
        why = _find_obstacle(calls[0]) if calls else "no call is quoted"
        if why:
            yield Omission(label, why)
            continue
        yield from repeated
        tally = _RUNS[calls[0].function](calls[0].named, truth)
        gauge = Yardstick(tally, read_count(row["nsim"]), int(calls[0].named.get("cohortsize", "1")))
        for member in members:
            if level := read_count(member["dose"]):
                yield from gauge.judge_level(f"{label} dose {level}", level, (member["sel_pct"], member["mean_n"], member["mean_tox"]))
        yield from gauge.judge_level(label, 0, (row["pct_no_mtd"], "", ""))
        if row["mean_duration"]:
            mean, spread = tally.describe_days()
            yield gauge.judge_mean("mean_duration", label, mean, float(row["mean_duration"]), spread)


def _find_obstacle(call: Call) -> str:
    """Why the simulation of ``call`` is not computed again; empty where it is."""
    if call.function not in UNDERSTOOD:
        return f"simulations by {call.function[:40]!r} are not computed again"
    strange = [name for name in call.named if name not in UNDERSTOOD[call.function].split()]
    strange += [
        f"{name}={call.named[name]}"
        for name, value in FIXED.get(call.function, {}).items()
        if call.named.get(name, value).upper() != value.upper()
    ]
    if float(call.named.get("n.earlystop", "1e9")) < float(call.named.get("ncohort", "1")) * float(call.named.get("cohortsize", "1")):
        strange.append("n.earlystop")
    if call.function == "titesim" and "accrual" not in call.named:
        strange.append("accrual=fixed")
    return f"{call.function} with {', '.join(strange)[:80]} is not computed again" if strange else ""


def _run_keyboard(named: dict[str, str], truth: tuple[float, ...]) -> Tally:
    settings: dict[str, object] = _translate(named) | {"eliminate_from_n": 3}
    plan = Plan(truth=truth, cohorts=int(named["ncohort"]), cohort_size=int(named["cohortsize"]), start=int(named.get("startdose", "1")))
    return run_plan(create_design("Keyboard", settings), plan)


def _run_tite_boin(named: dict[str, str], truth: tuple[float, ...]) -> Tally:
    settings = {"max_pending": "0.5"} | _translate(named)
    fixed: dict[str, object] = {"method": "ess", "min_completed": 0, "suspend_first": True, "selection_prior": 0.005}
    cohorts, size, start = int(named["ncohort"]), int(named["cohortsize"]), int(named.get("startdose", "1"))
    plan = Plan(truth=truth, trials=10_000, cohorts=cohorts, cohort_size=size, start=start)
    clock = Clock(window=float(named["maxt"]), accrual=float(named["accrual"]), onset="weibull")
    return simulate_in_time(create_design("TITE-BOIN", settings | fixed), plan, clock)


def _run_tite_crm(named: dict[str, str], truth: tuple[float, ...]) -> Tally:
    names = {"target": "target", "prior": "skeleton", "model": "model", "intcpt": "intercept", "scale": "scale"}
    settings: dict[str, object] = {ours: named[theirs] for theirs, ours in names.items() if theirs in named}
    plan = Plan(truth=truth, trials=2000, cohorts=int(named["n"]), cohort_size=1, start=int(named.get("x0", "1")))
    window = float(named["obswin"])
    clock = Clock(window=window, accrual=float(named["rate"]) / window, first_wait=True, end_with_window=True)
    return simulate_in_time(create_design("TITE-CRM", settings | {"coherent": False}), plan, clock)


def _translate(named: dict[str, str]) -> dict[str, object]:
    """Our settings for the arguments that Keyboard and TITEgBOIN share."""
    names = {
        "target": "target", "marginL": "below", "marginR": "above", "cutoff.eli": "eliminate_above", "maxpen": "max_pending",
        "extrasafe": "extra_safe", "offset": "extra_safe_offset",
    }  # fmt: skip
    found: dict[str, object] = {ours: named[theirs] for theirs, ours in names.items() if theirs in named}
    return found | ({"extra_safe": read_flag(named["extrasafe"])} if "extrasafe" in named else {})


_RUNS = {"get.oc.kb": _run_keyboard, "get_oc_TITE_QuasiBOIN": _run_tite_boin, "titesim": _run_tite_crm}


def compare_zhao(rows: Sequence[Row]) -> Iterator[Result]:
    """Compare the BOIN rows that Zhao et al. 2024 print with one decimal (1,000 trials taken as their number), but not durations."""
    for row in rows:
        if row["method"] != "BOIN":
            yield Omission(f"scenario {row['scenario']}", f"the design {row['method'][:40]!r} is not computed again")
            continue
        settings = {"target": 0.25, "stop_at_n": 9, "stay_on_one_of_three": True}
        truth = tuple(float(rate) for rate in row["p_true"].split(";"))
        tally = enumerate_tally(create_design("BOIN", settings), Plan(truth=truth, cohorts=10, cohort_size=3))
        yield from _judge_zhao(tally, truth, row)


def _judge_zhao(tally: Tally, truth: tuple[float, ...], row: Row) -> Iterator[Finding]:
    case = f"scenario {row['scenario']}"
    best = find_true_mtd(truth, 0.25)
    share, coarse = Yardstick(tally, 1000, 3, unit=0.001), Yardstick(tally, 1000, 3, unit=0.1)
    mean, spread = tally.sums[0], tally.compute_spread()[0]
    yield share.judge_share("correct", case, float(tally.selected[best]), float(row["correct"]) / 100)
    if row["over_selection"]:
        yield share.judge_share("over_selection", case, float(tally.selected[best + 1 :].sum()), float(row["over_selection"]) / 100)
    parts: dict[str, Any] = {
        "n_below": slice(1, best),
        "n_at": slice(best, best + 1),
        "n_over": slice(best + 1, None),
        "n_total": slice(0, 1),
    }
    for column, part in parts.items():
        if row[column]:
            yield coarse.judge_mean(column, case, float(mean[part].sum()), float(row[column]), float(spread[part].max(initial=0.0)))


QUOTED = (
    declare(
        "quoted simulations",
        "package_fun call nsim p_true sel_pct mean_n pct_no_mtd mean_duration",
        "Keyboard, TITEgBOIN, dfcrm",
        compare_quoted,
    ),
    declare(
        "BOIN published",
        "scenario method correct over_selection n_below n_at n_over n_total p_true",
        "Zhao et al. 2024, Table 4",
        compare_zhao,
    ),
)
