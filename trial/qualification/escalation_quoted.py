"""Operating characteristics that a reference file describes by the call that made them, or by a paper's words."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from trial.escalation.exact import enumerate_tally
from trial.escalation.follow_up import Clock, simulate_in_time
from trial.escalation.register import create_design
from trial.escalation.simulate import Plan
from trial.escalation.summary import find_true_mtd
from trial.escalation.tally import Tally
from trial.qualification.calls import Call, read_calls
from trial.qualification.cells import Row, read_count, read_flag, read_numbers
from trial.qualification.escalation_operating import read_trials, read_truth
from trial.qualification.reference import Finding, Omission, Result, declare
from trial.qualification.yardstick import Yardstick, run_plan

UNDERSTOOD = {
    "get.oc.kb": "target p.true ncohort cohortsize n.earlystop startdose marginL marginR cutoff.eli extrasafe offset ntrial seed",
    "get_oc_TITE_QuasiBOIN": "target prob TITE ncohort cohortsize maxt accrual maxpen n.earlystop Neli startdose p.saf p.tox cutoff.eli "
    "extrasafe offset ntrial seed",
    "titesim": "PI prior target n x0 nsim restrict obswin rate accrual surv scheme method model intcpt scale count seed",
}
"""Functions whose simulations are computed again, with the arguments that are understood."""
FIXED = {
    "get_oc_TITE_QuasiBOIN": {"TITE": "TRUE"},
    "titesim": {"surv": "uniform", "scheme": "linear", "method": "bayes"},
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
        yield from gauge.judge_level(label, 0, (row["pct_no_mtd"],))
        if row["mean_duration"]:
            yield gauge.judge_mean("mean_duration", label, *_order_days(tally, row["mean_duration"]))


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
    planned = float(call.named.get("ncohort", "1")) * float(call.named.get("cohortsize", "1"))
    early = float(call.named.get("n.earlystop", "inf")) < planned
    if call.function == "get.oc.kb" and early and read_flag(call.named.get("extrasafe", "FALSE")):
        strange.append("n.earlystop beside extrasafe")
    return f"{call.function} with {', '.join(strange)[:80]} is not computed again" if strange else ""


def _run_keyboard(named: dict[str, str], truth: tuple[float, ...]) -> Tally:
    """Keyboard 0.1.3 looks its simulations up in the table of default margins and cutoff: of these only the extra-safe rule takes heed.

    It ends at n.earlystop whatever the table says.
    """
    given = {key: float(named.get(key, default)) for key, default in (("cutoff.eli", 0.95), ("offset", 0.05))}
    offset = 0.95 - given["cutoff.eli"] + given["offset"]
    settings: dict[str, object] = {"target": named["target"], "eliminate_from_n": 3, "extra_safe_as_simulated": True}
    if read_flag(named.get("extrasafe", "FALSE")) and offset >= 0:
        settings |= {"extra_safe": True, "extra_safe_offset": offset}
    if "n.earlystop" in named:
        settings |= {"stop_at_n": named["n.earlystop"], "stop_at_n_always": True}
    plan = Plan(truth=truth, cohorts=int(named["ncohort"]), cohort_size=int(named["cohortsize"]), start=int(named.get("startdose", "1")))
    return run_plan(create_design("Keyboard", settings), plan)


def _run_tite_boin(named: dict[str, str], truth: tuple[float, ...]) -> Tally:
    settings = {"max_pending": "0.5"} | _translate(named)
    fixed: dict[str, object] = {"method": "ess", "min_completed": 0, "suspend_first": True, "selection_prior": 0.005}
    cohorts, size, start = int(named["ncohort"]), int(named["cohortsize"]), int(named.get("startdose", "1"))
    plan = Plan(truth=truth, trials=10_000, cohorts=cohorts, cohort_size=size, start=start)
    clock = Clock(window=float(named.get("maxt", "1")), accrual=float(named.get("accrual", "3")), onset="weibull")
    return simulate_in_time(create_design("TITE-BOIN", settings | fixed), plan, clock)


def _run_tite_crm(named: dict[str, str], truth: tuple[float, ...]) -> Tally:
    names = {"target": "target", "prior": "skeleton", "model": "model", "intcpt": "intercept", "scale": "scale"}
    settings: dict[str, object] = {ours: named[theirs] for theirs, ours in names.items() if theirs in named}
    plan = Plan(truth=truth, trials=2000, cohorts=int(named["n"]), cohort_size=1, start=int(named.get("x0", "1")))
    window, restrict = float(named.get("obswin", "1")), read_flag(named.get("restrict", "TRUE"))
    arrivals: Literal["poisson", "fixed"] = "poisson" if named.get("accrual") == "poisson" else "fixed"
    rate = float(named.get("rate", "1")) / window
    clock = Clock(window=window, accrual=rate, first_wait=True, end_with_window=True, arrivals=arrivals)
    return simulate_in_time(create_design("TITE-CRM", settings | {"coherent": False, "no_skipping": restrict}), plan, clock)


def _translate(named: dict[str, str]) -> dict[str, object]:
    """Our settings for the arguments of TITEgBOIN."""
    names = {
        "target": "target", "p.saf": "safe_rate", "p.tox": "toxic_rate", "cutoff.eli": "eliminate_above", "Neli": "eliminate_from_n",
        "maxpen": "max_pending", "n.earlystop": "stop_at_n", "extrasafe": "extra_safe", "offset": "extra_safe_offset",
    }  # fmt: skip
    found: dict[str, object] = {ours: named[theirs] for theirs, ours in names.items() if theirs in named}
    return found | ({"extra_safe": read_flag(named["extrasafe"])} if "extrasafe" in named else {})


_RUNS = {"get.oc.kb": _run_keyboard, "get_oc_TITE_QuasiBOIN": _run_tite_boin, "titesim": _run_tite_crm}


def compare_zhao(rows: Sequence[Row]) -> Iterator[Result]:
    """Compare the BOIN rows that Zhao et al. 2024 print with one decimal (1,000 trials taken as their number).

    Their durations are those of intervals between arrivals from 0 to 2/3 of a month and of subjects who do not wait, with half of
    the DLTs in the second half of a window of one month (simFastBOIN 2.1, bf_boin_simulate, on its agreement with the article).
    """
    for row in rows:
        case, found = f"scenario {row['scenario']}", _ZHAO.search(row.get("design") or _TABLE_4)
        if row["method"] != "BOIN" or found is None:
            yield Omission(case, f"the design {(row['method'] + ', ' + row.get('design', ''))[:90]!r} is not computed again")
            continue
        settings = {"target": found["target"], "stop_at_n": found["enough"], "stay_on_one_of_three": found["act"] == "stay"}
        design = create_design("BOIN", settings)
        plan = Plan(truth=tuple(read_numbers(row["p_true"])), trials=2_000, cohorts=int(found["cohorts"]), cohort_size=int(found["size"]))
        yield from _judge_zhao(enumerate_tally(design, plan), row, case)
        if row.get("duration"):
            clock = Clock(window=1, accrual=3, onset="weibull", arrivals="uniform", end_when_known=True)
            tally = simulate_in_time(design, plan, clock)
            yield Yardstick(tally, 1000, 1, unit=0.1).judge_mean("duration", case, *_order_days(tally, row["duration"]))


_ZHAO = re.compile(
    r"BOIN target (?P<target>\d*\.\d+), (?P<cohorts>\d+) cohorts of (?P<size>\d+), n\.earlystop (?P<enough>\d+), "
    r"1/3 DLT => (?P<act>stay|de-escalate)"
)
_TABLE_4 = "BOIN target .25, 10 cohorts of 3, n.earlystop 9, 1/3 DLT => stay"


def _order_days(tally: Tally, theirs: str) -> tuple[float, float, float]:
    mean, spread = tally.describe_days()
    return mean, float(theirs), spread


def _judge_zhao(tally: Tally, row: Row, case: str) -> Iterator[Finding]:
    best = find_true_mtd(tally.truth, tally.target)
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
