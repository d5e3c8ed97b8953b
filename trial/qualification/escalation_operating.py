"""Operating characteristics: exact against exact, exact or simulated against simulated."""

from collections.abc import Iterator, Sequence

from trial.errors import refuse
from trial.escalation.design import Design
from trial.escalation.exact import enumerate_tally
from trial.escalation.register import create_design
from trial.escalation.simulate import Plan
from trial.escalation.tally import Tally
from trial.qualification.cells import Row, order_levels, read_count, read_flag, read_word
from trial.qualification.escalation_tables import build_boin
from trial.qualification.reference import Finding, Omission, Result, declare, group_rows, near, same, steady
from trial.qualification.yardstick import Yardstick, run_plan

BOIN_SETTINGS = "target ncohort cohortsize n_earlystop startdose titration p_saf p_tox cutoff_eli extrasafe offset boundMTD ntrial"


def read_truth(rows: Sequence[Row], column: str = "p_true") -> tuple[float, ...]:
    """Return the true DLT rates of the rows that are dose levels."""
    return tuple(float(row[column]) for row in rows if read_count(row["dose"]))


def read_trials(rows: Sequence[Row], *keys: str) -> Iterator[tuple[str, list[Row], list[Finding]]]:
    """Yield each simulated trial of a file: its label, its rows by dose level, and whether they say the same of it in ``keys[1]``."""
    *names, settings = keys
    for label, members in group_rows(rows, *names):
        yield label, order_levels(label, members), list(steady(label, members, settings))


def read_boin_plan(rows: Sequence[Row]) -> Plan:
    """Return the trial that BOIN's simulations describe."""
    row = rows[0]
    cohorts, size, start = (read_count(row[key]) for key in ("ncohort", "cohortsize", "startdose"))
    return Plan(truth=read_truth(rows), cohorts=cohorts, cohort_size=size, start=start)


def compare_boin_exact(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare exact operating characteristics of BOIN."""
    for label, members, repeated in read_trials(rows, "config_id", f"{BOIN_SETTINGS} n_leaves"):
        yield from repeated
        tally = enumerate_tally(build_boin(members[0]), read_boin_plan(members))
        yield from _compare_exact(tally, members, label, "prob_select", "n_leaves")


def compare_three_exact(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare exact operating characteristics of 3+3, in both variants of escalation and of simFastBOIN."""
    variants: dict[str, dict[str, object]] = {
        "FALSE": {}, "TRUE": {"de_escalate": True}, "PREVIOUS": {}, "EXPAND": {"de_escalate": True, "fill_top": True},
    }  # fmt: skip
    key = "mtd_rule" if "mtd_rule" in rows[0] else "allow_deescalate"
    for label, members, repeated in read_trials(rows, "config_id", key, "num_doses n_terminal_paths"):
        yield from repeated
        truth = read_truth(members)
        if "num_doses" in members[0]:
            yield same("num_doses", label, str(len(truth)), members[0]["num_doses"])
        word = members[0][key]
        if key == "allow_deescalate":
            word = str(read_flag(word))
        design = create_design("3+3", variants[read_word(key, word.upper(), *variants)])
        chosen = "prob_mtd" if "prob_mtd" in members[0] else "prob_recommend"
        tally = enumerate_tally(design, Plan(truth=truth, cohorts=4 * len(truth) + 4))
        yield from _compare_exact(tally, members, label, chosen, "n_terminal_paths")


def _compare_exact(tally: Tally, rows: Sequence[Row], label: str, chosen: str, courses: str) -> Iterator[Finding]:
    found = tally.summarize().set_index("dose_level")
    for row in rows:
        ours, case = found.loc[read_count(row["dose"])], f"{label} dose {row['dose']}"
        for quantity, figure in ((chosen, ours["selected"]), ("expected_n", ours["subjects"]), ("expected_tox", ours["dlt"])):
            yield near(quantity, case, float(figure), row[quantity], 1e-9)
    if rows[0].get(courses):
        yield same(courses, label, str(round(tally.courses)), rows[0][courses])


def compare_boin_simulated(rows: Sequence[Row]) -> Iterator[Result]:
    """Compare BOIN's simulation with exact figures (simulated ones with accelerated titration)."""
    totals = "totaltox totaln percentstop overdose60 overdose80"
    for label, members, repeated in read_trials(rows, "config_id", f"{BOIN_SETTINGS} {totals}"):
        yield from repeated
        row, plan = members[0], read_boin_plan(members)
        gauge = Yardstick(run_plan(build_boin(row), plan), read_count(row["ntrial"]), plan.cohort_size)
        for member in members:
            if not read_count(member["dose"]):
                continue
            case = f"{label} dose {member['dose']}"
            yield from gauge.judge_level(case, read_count(member["dose"]), (member["sel_pct"], member["npatients"], member["ntox"]))
            share = float(member["sel_pct"]) / 100
            if member.get("sel_mc_se_pct") and 0 < share < 1:
                error = 100 * (share * (1 - share) / gauge.trials) ** 0.5
                yield near("sel_mc_se_pct", case, error, member["sel_mc_se_pct"], 1e-6)
        yield from gauge.judge_level(f"{label} all", 0, (row["percentstop"], row["totaln"], row["totaltox"]))
        for column, count in zip(("overdose60", "overdose80"), gauge.tally.overdosed, strict=True):
            if row[column]:
                yield gauge.judge_share(column, label, float(count / gauge.tally.trials), float(row[column]) / 100)
            elif gauge.tally.target in plan.truth:
                yield Omission(label, f"{column} is empty")


def compare_i3plus3_simulated(rows: Sequence[Row]) -> Iterator[Result]:
    """Compare i3+3's simulation, printed with one decimal, with exact figures."""
    settings = "target EI_low EI_high ncohort cohortsize DU_pp ntrial mean_total_n pct_no_selection"
    for label, members, repeated in read_trials(rows, "config_id", settings):
        yield from repeated
        row = members[0]
        names = {"target": "target", "EI_low": "low", "EI_high": "high", "DU_pp": "eliminate_above"}
        design = create_design("i3+3", {ours: row[theirs] for theirs, ours in names.items()})
        plan = Plan(truth=read_truth(members), cohorts=read_count(row["ncohort"]), cohort_size=read_count(row["cohortsize"]))
        tally, trials = run_plan(design, plan), read_count(row["ntrial"])
        gauge = Yardstick(tally, trials, plan.cohort_size, unit=0.001)
        coarse = Yardstick(tally, trials, plan.cohort_size, unit=0.1)
        spread, total = tally.compute_spread()[0], float(tally.sums[0][0])
        for member in members:
            level, case = read_count(member["dose"]), f"{label} dose {member['dose']}"
            if level:
                yield from gauge.judge_level(case, level, (member["sel_pct"],))
                share, theirs = float(tally.sums[0][level] / total), float(member["pct_patients"]) / 100
                yield gauge.judge_mean("pct_patients", case, share, theirs, float(spread[level]) / total)
        yield from gauge.judge_level(label, 0, (row["pct_no_selection"],))
        yield coarse.judge_mean("mean_total_n", label, total, float(row["mean_total_n"]), float(spread[0]))


def compare_crm_simulated(rows: Sequence[Row]) -> Iterator[Result]:
    """Compare dfcrm's crmsim with exact figures."""
    for label, members, repeated in read_trials(rows, "config_id", "fun target prior n mcohort x0 restrict model nsim"):
        row, size = members[0], read_count(members[0]["mcohort"])
        if row["fun"] != "crmsim":
            yield Omission(label, f"simulations by {row['fun'][:40]!r} are not computed again")
            continue
        yield from repeated
        plan = Plan(truth=read_truth(members), cohorts=read_count(row["n"]) // size, cohort_size=size, start=read_count(row["x0"]))
        gauge = Yardstick(run_plan(build_crm(row, len(plan.truth)), plan, trials=20_000), read_count(row["nsim"]), size)
        for member in members:
            if read_count(member["dose"]):
                figures = (member["prob_select"], member["mean_n"], member["mean_tox"])
                yield from gauge.judge_level(f"{label} dose {member['dose']}", read_count(member["dose"]), figures, per=1)


def build_crm(row: Row, levels: int) -> Design:
    """Return the CRM of dfcrm's crmsim; raise FaultyInput where its prior has another number of ``levels``."""
    if row["prior"].count(";") + 1 != levels:
        raise refuse("prior", f"has {row['prior'].count(';') + 1} values for {levels} dose levels", "Give one row per dose level.")
    restrict, model = read_flag(row["restrict"]), read_word("model", row["model"], "empiric", "logistic")
    settings = {"target": row["target"], "skeleton": row["prior"], "model": model, "no_skipping": restrict, "coherent": restrict}
    return create_design("CRM", settings)


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
)
