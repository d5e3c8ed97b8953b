"""Operating characteristics: exact against exact, exact or simulated against simulated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

from trial.errors import FaultyInput
from trial.escalation.design import Design
from trial.escalation.exact import enumerate_tally
from trial.escalation.follow_up import Clock, simulate_in_time
from trial.escalation.register import create_design
from trial.escalation.simulate import Plan, run_chunks, titrates
from trial.escalation.tally import Tally
from trial.qualification.calls import Call, read_calls
from trial.qualification.escalation_tables import build_boin
from trial.qualification.reference import Finding, Row, declare, group_rows, near

ERRORS = 3.0
"""Monte-Carlo standard errors that a simulated reference may be off."""


@dataclass(frozen=True)
class Yardstick:
    """Our figures beside a simulated reference: the tally, the reference's trials and cohort size, its printed unit."""

    tally: Tally
    trials: int
    size: int = 1
    unit: float = 0.0

    def judge_share(self, quantity: str, case: str, share: float, theirs: float) -> Finding:
        """Return how many standard errors a share of trials (0 to 1) is off; one trial cannot be told from none."""
        own = 0.0 if self.tally.exact else share * (1 - share) / self.tally.trials
        error = max(sqrt(max(share * (1 - share), 0) / self.trials + own), 1 / self.trials)
        return Finding(quantity, case, self._off(share, theirs) / error, ERRORS)

    def judge_mean(self, quantity: str, case: str, mean: float, theirs: float, spread: float) -> Finding:
        """Return how many standard errors a mean is off, where single trials spread by ``spread``; one cohort is the finest step."""
        own = 0.0 if self.tally.exact else spread**2 / self.tally.trials
        error = max(sqrt(spread**2 / self.trials + own), self.size / self.trials)
        return Finding(quantity, case, self._off(mean, theirs) / error, ERRORS)

    def judge_level(self, case: str, level: int, theirs: tuple[str, str, str], *, per: float = 100) -> Iterator[Finding]:
        """Yield the findings of a dose level: share selected (printed per ``per`` trials), subjects and DLTs; empty is none."""
        total, means, spread = self.tally.trials, self.tally.sums / self.tally.trials, self.tally.compute_spread()
        if theirs[0]:
            yield self.judge_share("selected", case, float(self.tally.selected[level] / total), float(theirs[0]) / per)
        for kind, name in enumerate(("subjects", "dlt")):
            if theirs[kind + 1]:
                yield self.judge_mean(name, case, float(means[kind][level]), float(theirs[kind + 1]), float(spread[kind][level]))

    def _off(self, ours: float, theirs: float) -> float:
        return max(abs(ours - theirs) - self.unit / 2, 0.0)


def read_truth(rows: Sequence[Row], column: str = "p_true") -> tuple[float, ...]:
    """Return the true DLT rates of the rows that are dose levels."""
    return tuple(float(row[column]) for row in rows if row["dose"] != "0")


def compare_boin_exact(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare exact operating characteristics of BOIN."""
    for label, members in group_rows(rows, "config_id"):
        row = members[0]
        plan = Plan(truth=read_truth(members), cohorts=int(row["ncohort"]), cohort_size=int(row["cohortsize"]), start=int(row["startdose"]))
        yield from _compare_exact(build_boin(row), plan, members, label, "prob_select")


def compare_three_exact(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare exact operating characteristics of 3+3, in both variants of escalation and of simFastBOIN."""
    variants: dict[str, dict[str, object]] = {
        "FALSE": {}, "TRUE": {"de_escalate": True}, "previous": {}, "expand": {"de_escalate": True, "fill_top": True},
    }  # fmt: skip
    key = "mtd_rule" if "mtd_rule" in rows[0] else "allow_deescalate"
    for label, members in group_rows(rows, "config_id", key):
        truth = read_truth(members)
        design = create_design("3+3", variants[members[0][key]])
        chosen = "prob_mtd" if "prob_mtd" in members[0] else "prob_recommend"
        yield from _compare_exact(design, Plan(truth=truth, cohorts=4 * len(truth) + 4), members, label, chosen)


def _compare_exact(design: Design, plan: Plan, rows: Sequence[Row], label: str, chosen: str) -> Iterator[Finding]:
    found = enumerate_tally(design, plan).summarize().set_index("dose_level")
    for row in rows:
        ours, case = found.loc[int(row["dose"])], f"{label} dose {row['dose']}"
        for quantity, figure in ((chosen, ours["selected"]), ("expected_n", ours["subjects"]), ("expected_tox", ours["dlt"])):
            yield near(quantity, case, float(figure), row[quantity], 1e-9)


def compare_boin_simulated(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare BOIN's simulation with exact figures (simulated ones with accelerated titration)."""
    for label, members in group_rows(rows, "config_id"):
        row, design = members[0], build_boin(members[0])
        plan = Plan(truth=read_truth(members), cohorts=int(row["ncohort"]), cohort_size=int(row["cohortsize"]), start=int(row["startdose"]))
        gauge = Yardstick(run_plan(design, plan), int(row["ntrial"]), int(row["cohortsize"]))
        for member in members:
            figures = (member["sel_pct"], member["npatients"], member["ntox"])
            yield from gauge.judge_level(f"{label} dose {member['dose']}", int(member["dose"]), figures)
        yield from gauge.judge_level(f"{label} all", 0, (row["percentstop"], row["totaln"], row["totaltox"]))
        for column, count in zip(("overdose60", "overdose80"), gauge.tally.overdosed, strict=True):
            if row[column]:
                yield gauge.judge_share(column, label, float(count / gauge.tally.trials), float(row[column]) / 100)


def run_plan(design: Design, plan: Plan, *, trials: int = 100_000) -> Tally:
    """Return exact figures, or those of ``trials`` simulated trials where the courses are too many to enumerate."""
    if not titrates(design):
        try:
            return enumerate_tally(design, plan)
        except FaultyInput:
            pass
    return run_chunks(design, replace(plan, trials=trials))


def compare_i3plus3_simulated(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare i3+3's simulation, printed with one decimal, with exact figures."""
    for label, members in group_rows(rows, "config_id"):
        row = members[0]
        names = {"target": "target", "EI_low": "low", "EI_high": "high", "DU_pp": "eliminate_above"}
        design = create_design("i3+3", {ours: row[theirs] for theirs, ours in names.items()})
        plan = Plan(truth=read_truth(members), cohorts=int(row["ncohort"]), cohort_size=int(row["cohortsize"]))
        tally = run_plan(design, plan)
        gauge = Yardstick(tally, int(row["ntrial"]), plan.cohort_size, unit=0.001)
        coarse = Yardstick(tally, int(row["ntrial"]), plan.cohort_size, unit=0.1)
        spread, total = tally.compute_spread()[0], float(tally.sums[0][0])
        for member in members:
            level, case = int(member["dose"]), f"{label} dose {member['dose']}"
            yield from gauge.judge_level(case, level, (member["sel_pct"], "", ""))
            share, theirs = float(tally.sums[0][level] / total), float(member["pct_patients"]) / 100
            yield gauge.judge_mean("pct_patients", case, share, theirs, float(spread[level]) / total)
        yield from gauge.judge_level(label, 0, (row["pct_no_selection"], "", ""))
        yield coarse.judge_mean("mean_total_n", label, total, float(row["mean_total_n"]), float(spread[0]))


def compare_crm_simulated(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare dfcrm's crmsim with exact figures."""
    for label, members in group_rows(rows, "config_id"):
        row, size = members[0], int(members[0]["mcohort"])
        restrict = row["restrict"].upper() == "TRUE"
        settings = {"target": row["target"], "skeleton": row["prior"], "model": row["model"], "no_skipping": restrict, "coherent": restrict}
        plan = Plan(truth=read_truth(members), cohorts=int(row["n"]) // size, cohort_size=size, start=int(row["x0"]))
        gauge = Yardstick(run_plan(create_design("CRM", settings), plan, trials=20_000), int(row["nsim"]), size)
        for member in members:
            figures = (member["prob_select"], member["mean_n"], member["mean_tox"])
            yield from gauge.judge_level(f"{label} dose {member['dose']}", int(member["dose"]), figures, per=1)


def compare_quoted(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare Keyboard (exact), TITEgBOIN and titesim (simulated in time) as the quoted calls set them."""
    for label, members in group_rows(rows, "config_id"):
        row, call = members[0], read_calls(members[0]["call"])[0]
        tally = _run_quoted(call, read_truth(members))
        if tally is None:
            continue
        gauge = Yardstick(tally, int(row["nsim"]), int(call.named.get("cohortsize", "1")))
        for member in members:
            figures = (member["sel_pct"], member["mean_n"], member["mean_tox"])
            yield from gauge.judge_level(f"{label} dose {member['dose']}", int(member["dose"]), figures)
        yield from gauge.judge_level(label, 0, (row["pct_no_mtd"], "", ""))
        if row["mean_duration"]:
            mean, spread = tally.describe_days()
            yield gauge.judge_mean("mean_duration", label, mean, float(row["mean_duration"]), spread)


def _run_quoted(call: Call, truth: tuple[float, ...]) -> Tally | None:
    """Our figures for a quoted simulation; None where we have no such design."""
    named = call.named
    if call.function == "get.oc.kb":
        names = {"target": "target", "marginL": "below", "marginR": "above", "extrasafe": "extra_safe", "offset": "extra_safe_offset"}
        settings: dict[str, object] = {ours: named[theirs] for theirs, ours in names.items() if theirs in named}
        design = create_design("Keyboard", settings | {"eliminate_from_n": 3})
        return run_plan(design, Plan(truth=truth, cohorts=int(named["ncohort"]), cohort_size=int(named["cohortsize"])))
    if call.function == "get_oc_TITE_QuasiBOIN" and named.get("TITE", "TRUE") == "TRUE":
        settings = {"target": named["target"], "max_pending": named.get("maxpen", "0.5"), "extra_safe": named.get("extrasafe", "FALSE")}
        fixed: dict[str, object] = {"method": "ess", "min_completed": 0, "suspend_first": True, "selection_prior": 0.005}
        plan = Plan(truth=truth, trials=10_000, cohorts=int(named["ncohort"]), cohort_size=int(named["cohortsize"]))
        clock = Clock(window=float(named["maxt"]), accrual=float(named["accrual"]), onset="weibull")
        return simulate_in_time(create_design("TITE-BOIN", settings | fixed), plan, clock)
    if call.function == "titesim":
        design = create_design("TITE-CRM", {"target": named["target"], "skeleton": named["prior"], "coherent": False})
        plan = Plan(truth=truth, trials=2000, cohorts=int(named["n"]), cohort_size=1, start=int(named.get("x0", "1")))
        window = float(named["obswin"])
        clock = Clock(window=window, accrual=float(named["rate"]) / window, first_wait=True, end_with_window=True)
        return simulate_in_time(design, plan, clock)
    return None


def compare_zhao(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare the BOIN rows that Zhao et al. 2024 print with one decimal (1,000 trials taken as their number)."""
    for row in rows:
        settings = {"target": 0.25, "stop_at_n": 9, "stay_on_one_of_three": True}
        truth = tuple(float(rate) for rate in row["p_true"].split(";"))
        tally = enumerate_tally(create_design("BOIN", settings), Plan(truth=truth, cohorts=10, cohort_size=3))
        yield from _judge_zhao(tally, truth, row)


def _judge_zhao(tally: Tally, truth: tuple[float, ...], row: Row) -> Iterator[Finding]:
    case = f"scenario {row['scenario']}"
    best = truth.index(0.25) + 1
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


OPERATING = (
    declare(
        "BOIN exact", "target ncohort cohortsize p_true prob_select expected_n expected_tox", "BOIN 2.7.2, enumerated", compare_boin_exact
    ),
    declare(
        "BOIN simulated",
        "target ncohort cohortsize p_true sel_pct npatients ntox percentstop ntrial",
        "BOIN 2.7.2 get.oc",
        compare_boin_simulated,
    ),
    declare("3+3 exact", "num_doses allow_deescalate p_true prob_recommend expected_n", "escalation 0.2.3", compare_three_exact),
    declare("3+3 exact, simFastBOIN", "mtd_rule p_true prob_mtd expected_n", "simFastBOIN 2.1", compare_three_exact),
    declare("i3+3 simulated", "EI_low EI_high DU_pp ntrial p_true sel_pct pct_patients", "FIND 0.1.1", compare_i3plus3_simulated),
    declare("CRM simulated", "fun prior mcohort restrict p_true prob_select mean_n nsim", "dfcrm 0.2-2.1 crmsim", compare_crm_simulated),
    declare(
        "quoted simulations",
        "package_fun call nsim p_true sel_pct mean_n pct_no_mtd mean_duration",
        "Keyboard, TITEgBOIN, dfcrm",
        compare_quoted,
    ),
    declare(
        "BOIN published", "scenario correct over_selection n_below n_at n_over n_total p_true", "Zhao et al. 2024, Table 4", compare_zhao
    ),
)
