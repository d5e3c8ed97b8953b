"""Next doses after given histories: 3+3 paths, paths of the package escalation, TITE-BOIN's next dose."""

from collections.abc import Iterator, Sequence

from trial.escalation.design import Design
from trial.escalation.outcomes import build_state, parse_outcomes
from trial.escalation.register import create_design
from trial.escalation.state import DoseCount, State
from trial.qualification.calls import Call, read_calls
from trial.qualification.reference import Finding, Row, declare, group_rows, read_flag, read_numbers, read_whole, same


def compare_three_plus_three(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare the 3+3 design on every path."""
    for row in rows:
        design = create_design("3+3", {"de_escalate": row["allow_deescalate"]})
        yield from _compare_decision(design, row, int(row["num_doses"]), f"{row['num_doses']} doses {row['path']}")


def compare_paths(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare every path of the designs that the package escalation was given."""
    skeleton = ""
    for label, members in group_rows(rows, "config_id", "design"):
        calls = read_calls(members[0]["design"])
        if calls[0].function == "get_dfcrm" and ";" in calls[0].find("skeleton", 0):
            skeleton = calls[0].find("skeleton", 0)
        built = _build(calls, skeleton)
        if built is None:
            continue
        name, settings, doses = built
        for row in members:
            yield from _compare_course(name, settings, row, doses, f"{label.split()[0]} {row['path']}")
            if name == "CRM":
                yield from _compare_rates(settings, row, doses)


def _compare_course(name: str, settings: dict[str, object], row: Row, doses: int, case: str) -> Iterator[Finding]:
    """The decision on one path; a full trial names the rule's next dose there, we the dose selected."""
    design = create_design(name, settings)
    if "stop_at_total" not in settings:
        yield from _compare_decision(design, row, doses, case)
        return
    state = build_state(parse_outcomes(row["path"], doses), doses)
    going = create_design(name, settings | {"stop_at_total": None}).decide(state)
    yield same("next_dose", case, str(going.dose or "none"), row["next_dose"])
    yield same("continue", case, design.decide(state).action != "stop", read_flag(row["continue"]))


def _compare_decision(design: Design, row: Row, doses: int, case: str) -> Iterator[Finding]:
    decision = design.decide(build_state(parse_outcomes(row["path"], doses), doses))
    yield same("next_dose", case, str(decision.dose or "none"), row["next_dose"])
    yield same("continue", case, decision.action != "stop", read_flag(row["continue"]))


def _compare_rates(settings: dict[str, object], row: Row, doses: int) -> Iterator[Finding]:
    """The modelled rates: where dfcrm's own quadrature is off, the same quadrature must reproduce them."""
    state = build_state(parse_outcomes(row["path"], doses), doses)
    theirs = read_numbers(row["mean_prob_tox"])

    def deviate(*, coarse: bool) -> float:
        ours = create_design("CRM", settings | {"coarse": coarse}).fit(state)
        return max(abs((rate or 0) - figure) for rate, figure in zip(ours, theirs, strict=True))

    exact = deviate(coarse=False)
    yield Finding("mean_prob_tox", row["path"], exact if exact <= 1e-6 else min(exact, deviate(coarse=True)), 1e-6)


def _build(calls: Sequence[Call], skeleton: str) -> tuple[str, dict[str, object], int] | None:
    """Our design, its settings and the number of doses for a chain of calls; None where we have no such design."""
    first = calls[0]
    if first.function not in ("get_boin", "get_mtpi2", "get_mtpi", "get_dfcrm", "get_three_plus_three"):
        return None
    target = first.find("target", 1)
    settings: dict[str, object] = {"target": target} if target and first.function != "get_three_plus_three" else {}
    if first.function == "get_dfcrm":
        given = first.find("skeleton", 0)
        settings |= {"skeleton": given if ";" in given else skeleton, "no_skipping": False, "coherent": False}
        doses = str(settings["skeleton"]).count(";") + 1
    else:
        doses = int(first.find("num_doses", 0))
    names = {"get_boin": "BOIN", "get_mtpi2": "mTPI-2", "get_mtpi": "mTPI", "get_dfcrm": "CRM", "get_three_plus_three": "3+3"}
    settings |= _read_settings(first)
    for call in calls[1:]:
        added = _read_wrapper(call)
        if added is None:
            return None
        settings |= added
    return names[first.function], settings, doses


def _read_settings(call: Call) -> dict[str, object]:
    """Settings of the design itself; the package looks at two subjects already before it excludes a dose (mTPI)."""
    names = {
        "stop_when_deescalation_impossible": "stop_when_lowest_too_toxic", "p.saf": "safe_rate", "p.tox": "toxic_rate",
        "cutoff.eli": "eliminate_above", "epsilon1": "below", "epsilon2": "above", "exclusion_certainty": "eliminate_above",
        "scale": "scale", "model": "model", "intcpt": "intercept", "allow_deescalate": "de_escalate",
    }  # fmt: skip
    found: dict[str, object] = {names[key]: value for key, value in call.named.items() if key in names}
    return found | ({"eliminate_from_n": 2} if call.function.startswith("get_mtpi") else {})


def _read_wrapper(call: Call) -> dict[str, object] | None:
    """Settings of a restriction in the chain; None where we have no such restriction."""
    if call.function == "dont_skip_doses" and read_flag(call.find("when_escalating", 0, "TRUE")):
        return {"no_skipping": True}
    if call.function == "stop_when_too_toxic" and call.find("dose", 0) == "1":
        return {"too_toxic_rate": call.find("tox_threshold", 1), "too_toxic_confidence": call.find("confidence", 2)}
    if call.function == "stop_at_n":
        return {"stop_at_total": call.find("n", 0)}
    return None


def compare_tite_next(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare TITE-BOIN's next dose with TITEgBOIN: effective sample size, suspension before anything but elimination."""
    names = {"target": "target", "maxpen": "max_pending", "cutoff_eli": "eliminate_above", "Neli": "eliminate_from_n"}
    names |= {"extrasafe": "extra_safe", "offset": "extra_safe_offset", "n_earlystop": "stop_at_n"}
    for row in rows:
        settings: dict[str, object] = {ours: row[theirs] for theirs, ours in names.items()}
        design = create_design("TITE-BOIN", settings | {"method": "ess", "min_completed": 0, "suspend_first": True})
        state = _read_state(row)
        decision, closed = design.decide(state), design.find_closed(state) or state.top + 1
        early, stopped = row["earlystop"] == "1", row["stop"] == "1"
        yield same("pending", row["case_id"], decision.action == "wait", row["pending"] == "1" and not early)
        yield same("earlystop", row["case_id"], decision.action == "stop" and decision.dose is None, early)
        yield same("stop", row["case_id"], decision.action == "stop", early or (stopped and row["pending"] != "1"))
        if not early:
            yield same("elimi", row["case_id"], ";".join(str(int(level >= closed)) for level in range(1, state.top + 1)), row["elimi"])
        if decision.action != "stop":
            yield same("next_d", row["case_id"], str(decision.dose), row["next_d"])


def _read_state(row: Row) -> State:
    counts = zip(read_whole(row["n"]), read_whole(row["npend"]), read_whole(row["y"]), read_numbers(row["ft"]), strict=True)
    window = float(row["maxt"])
    doses = tuple(DoseCount(n, y, (time / pending / window,) * pending if pending else ()) for n, pending, y, time in counts)
    return State(doses, int(row["d"]))


_QUADRATURE = "escalation 0.2.3; its CRM rates by exact quadrature, or by dfcrm's own where that is off"
COURSES = (
    declare("3+3 paths", "num_doses allow_deescalate path next_dose continue", "escalation 0.2.3", compare_three_plus_three),
    declare("paths of escalation", "design path next_dose continue mean_prob_tox", _QUADRATURE, compare_paths),
    declare("TITE-BOIN next dose", "npend ft maxt maxpen next_d pending earlystop elimi", "TITEgBOIN 0.4.0", compare_tite_next),
)
