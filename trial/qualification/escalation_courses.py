"""Next doses after given histories: 3+3 paths, paths of the package escalation, TITE-BOIN's next dose."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from trial.escalation.design import Design
from trial.escalation.estimates import fit_isotonic, fit_isotonic_rates
from trial.escalation.outcomes import build_state, parse_outcomes
from trial.escalation.register import create_design
from trial.escalation.state import DoseCount, State
from trial.escalation.tite_boin import TiteBoin
from trial.qualification.calls import read_calls
from trial.qualification.cells import Row, read_count, read_flag, read_numbers, read_whole
from trial.qualification.chains import SELECTORS, find_obstacle, read_chain
from trial.qualification.reference import Finding, Omission, Result, agree_on, declare, group_rows, near, same


def compare_three_plus_three(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare the 3+3 design on every path, and the counts that each path leads to."""
    for row in rows:
        design, doses = create_design("3+3", {"de_escalate": read_flag(row["allow_deescalate"])}), read_count(row["num_doses"])
        case = f"{doses} doses {row['path']}"
        yield from _compare_decision(design, row, doses, case)
        state = build_state(parse_outcomes(row["path"], doses), doses)
        for column, counts in (("n_at_dose", state.treated), ("tox_at_dose", state.dlt)):
            if row.get(column):
                yield same(column, case, counts, read_whole(row[column]))


def compare_paths(rows: Sequence[Row]) -> Iterator[Result]:
    """Compare every path of the designs that the package escalation was given; name the ones that are not computed again."""
    skeleton = _find_skeleton(rows)
    for label, members in group_rows(rows, "config_id", "design"):
        calls, name = read_calls(members[0]["design"]), label.split()[0]
        why = find_obstacle(calls, skeleton)
        if why:
            yield Omission(name, why)
            continue
        settings, doses = read_chain(calls, skeleton)
        for row in members:
            case = f"{name} {row['path']}"
            yield from _compare_course(SELECTORS[calls[0].function].design, settings, row, doses, case)
            yield from _compare_rates(SELECTORS[calls[0].function].design, settings, row, doses)


def _find_skeleton(rows: Sequence[Row]) -> str:
    """The skeleton that other rows only call sk: as a row quotes it, else the rates that a model gives before any outcome; or empty."""
    for row in rows:
        for call in read_calls(row["design"]):
            if call.function == "get_dfcrm" and ";" in call.find("skeleton", 0):
                return call.find("skeleton", 0)
    found = [row["mean_prob_tox"] for row in rows if not row["path"] and row["design"].startswith("get_dfcrm")]
    return found[0] if found else ""


def _compare_course(name: str, settings: dict[str, object], row: Row, doses: int, case: str) -> Iterator[Finding]:
    """The decision on one path; a full trial names the rule's next dose there, we the dose selected."""
    design = create_design(name, settings)
    if row.get("target") and "target" in settings:
        yield same("target", case, float(str(settings["target"])), float(row["target"]))
    if "stop_at_total" not in settings:
        yield from _compare_decision(design, row, doses, case)
        return
    state = build_state(parse_outcomes(row["path"], doses), doses)
    going = create_design(name, settings | {"stop_at_total": None}).decide(state)
    yield same("next_dose", case, str(going.dose or "none"), row["next_dose"])
    yield agree_on("continue", case, design.decide(state).action != "stop", row["continue"])


def _compare_decision(design: Design, row: Row, doses: int, case: str) -> Iterator[Finding]:
    cohorts = parse_outcomes(row["path"], doses)
    decision = design.decide(build_state(cohorts, doses))
    yield same("next_dose", case, str(decision.dose or "none"), row["next_dose"])
    yield agree_on("continue", case, decision.action != "stop", row["continue"])
    if row.get("n_cohorts"):
        yield same("n_cohorts", case, str(len(cohorts)), row["n_cohorts"])


def _compare_rates(name: str, settings: dict[str, object], row: Row, doses: int) -> Iterator[Finding]:
    """The rates per dose: of BOIN to two decimals, where dfcrm's quadrature is off by the same one."""
    if not row["mean_prob_tox"].strip("NA;"):
        return
    state = build_state(parse_outcomes(row["path"], doses), doses)
    if name == "CRM":
        exact, coarse = (_deviate(create_design(name, settings | {"coarse": choice}), state, row) for choice in (False, True))
        yield Finding("mean_prob_tox", f"{row['path']}", exact if exact <= RATE else min(exact, coarse), RATE)
        return
    ours = fit_isotonic_rates(state.dlt, state.treated) if name == "BOIN" else _fit_all_doses(state)
    for rate, text in zip(ours, row["mean_prob_tox"].split(";"), strict=True):
        printed = "" if text == "NA" else text
        yield near("mean_prob_tox", row["path"], None if np.isnan(rate) else float(rate), printed, TWO_DECIMALS if name == "BOIN" else RATE)


def _fit_all_doses(state: State) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Posterior means under Beta(1, 1), isotonic over all doses, untreated ones among them: what escalation prints for mTPI and mTPI-2."""
    a, b = np.array(state.dlt) + 1.0, np.array(state.treated) - np.array(state.dlt) + 1.0
    return fit_isotonic(a / (a + b), (a + b) ** 2 * (a + b + 1) / (a * b))


def _deviate(design: Design, state: State, row: Row) -> float:
    return max(abs((rate or 0) - figure) for rate, figure in zip(design.fit(state), read_numbers(row["mean_prob_tox"]), strict=True))


RATE = 1e-6
TWO_DECIMALS = 0.005 + 1e-9


def compare_tite_next(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare TITE-BOIN's next dose with TITEgBOIN: effective sample size, suspension before anything but elimination."""
    names = {"target": "target", "maxpen": "max_pending", "cutoff_eli": "eliminate_above", "Neli": "eliminate_from_n"}
    names |= {"extrasafe": "extra_safe", "offset": "extra_safe_offset", "n_earlystop": "stop_at_n"}
    for row in rows:
        settings: dict[str, object] = {ours: row[theirs] for theirs, ours in names.items()}
        settings |= {"method": "ess", "min_completed": 0, "suspend_first": True, "extra_safe": read_flag(row["extrasafe"])}
        ours, case = _describe_next(create_design("TITE-BOIN", settings), _read_state(row)), row["case_id"]
        for column in ("pending", "earlystop", "stop", "elimineed"):
            if row.get(column):
                yield agree_on(column, case, ours[column], row[column])
        yield same("next_d", case, ours["next_d"], read_count(row["next_d"]))
        yield same("elimi", case, ours["elimi"], [read_flag(flag) for flag in row["elimi"].split(";")])


def _describe_next(design: Design, state: State) -> dict[str, Any]:
    """What next_TITE_QuasiBOIN answers: which dose, and why the trial pauses or ends; a trial that ends for safety has dose 0."""
    assert isinstance(design, TiteBoin)
    decision, here = design.decide(state), state.here
    ended = decision.action == "stop"
    closed = design.find_closed(state) or state.top + 1
    early = closed == 1 or (state.current == 1 and design.is_extra_unsafe(here.treated, here.dlt))
    closed = 1 if early else closed
    blocked = state.current == 1 and bool(here.pending) and design.advise(here.treated, here.dlt, here.pending) == "de-escalate"
    return {
        "pending": decision.action == "wait" or (ended and not early and blocked),
        "earlystop": early,
        "stop": ended and not early,
        "elimineed": closed <= state.current,
        "elimi": [level >= closed for level in range(1, state.top + 1)],
        "next_d": 0 if early else state.current if ended else decision.dose,
    }


def _read_state(row: Row) -> State:
    counts = zip(read_whole(row["n"]), read_whole(row["npend"]), read_whole(row["y"]), read_numbers(row["ft"]), strict=True)
    window = float(row["maxt"])
    doses = tuple(DoseCount(n, y, (time / pending / window,) * pending if pending else ()) for n, pending, y, time in counts)
    return State(doses, read_count(row["d"]))


_QUADRATURE = "escalation 0.2.3; its CRM rates by exact quadrature, or by dfcrm's own where that is off"
COURSES = (
    declare("3+3 paths", "num_doses allow_deescalate path next_dose continue", "escalation 0.2.3", compare_three_plus_three),
    declare("paths of escalation", "design path next_dose continue mean_prob_tox", _QUADRATURE, compare_paths),
    declare("TITE-BOIN next dose", "npend ft maxt maxpen next_d pending earlystop elimi", "TITEgBOIN 0.4.0", compare_tite_next),
)
