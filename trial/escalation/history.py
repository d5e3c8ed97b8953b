"""Reading a trial's history against the rule: what cannot be, and where the trial left the rule."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from trial.errors import Fault, FaultyInput
from trial.escalation.decision import Decision
from trial.escalation.design import Design
from trial.escalation.outcomes import Cohort, build_state
from trial.escalation.state import State
from trial.escalation.wrappers import WRAPPERS, Wrapper
from trial.sentence import Sentence


@dataclass(frozen=True)
class History:
    """A history that the design can decide on: the state it leads to, and the cohorts that left the rule, in words."""

    state: State
    departures: tuple[Sentence, ...]


def review_history(design: Design, cohorts: Sequence[Cohort], doses: int, *, start: int = 1) -> History:
    """Return the state after ``cohorts`` in a trial of ``doses`` levels, and every departure from the rule.

    Raises FaultyInput with every cohort that no trial under this design can have: at a dose closed before, after the trial
    had stopped without a dose, skipping a level (or beginning above the start) where the design never does, or with more subjects
    than the design ever doses at once.
    """
    faults: list[Fault] = []
    departures: list[Sentence] = []
    for number, cohort in enumerate(cohorts):
        before = build_state(cohorts[:number], doses, start=start)
        decision = design.decide(before) if number else None
        why = _forbid(design, before, decision, cohort)
        if why:
            faults.append(Fault(f"cohort {number + 1} ({cohort})", why, "Correct the history, or choose the design that was used."))
        else:
            departures += _list_departures(design, number + 1, before, decision, cohort)
    if faults:
        raise FaultyInput(faults)
    return History(build_state(cohorts, doses, start=start), tuple(departures))


def _forbid(design: Design, before: State, decision: Decision | None, cohort: Cohort) -> str:
    """Why ``cohort`` cannot follow; empty where it can."""
    most = find_base(design).most_at_once
    if most is not None and len(cohort.outcomes) > most:
        return f"{len(cohort.outcomes)} subjects are more than the {most} that {design.name} doses at a level"
    if decision is None:
        skips = cohort.dose > before.current and not allows_skipping(design)
        return f"dose {cohort.dose} skips a level: the trial starts at dose {before.current}, unless another start is given" * skips
    return _forbid_later(design, before, decision, cohort)


def _forbid_later(design: Design, before: State, decision: Decision, cohort: Cohort) -> str:
    """Why ``cohort`` cannot follow earlier ones; empty where it can."""
    closed = design.find_closed(before)
    if closed is not None and cohort.dose >= closed:
        return f"dose {cohort.dose} cannot be treated after dose {closed} was closed for good"
    if decision.action == "stop" and decision.dose is None:
        return "the trial had stopped before without a recommended dose"
    highest = max(before.tried, default=0)
    if cohort.dose > max(highest, before.current) + 1 and not allows_skipping(design):
        return f"dose {cohort.dose} skips a level; the highest dose treated before was dose {highest}"
    return ""


def allows_skipping(design: Design) -> bool:
    """Return whether ``design`` may skip a level on the way up: a model without the rule against it."""
    while isinstance(design, Wrapper):
        if isinstance(design, WRAPPERS["no_skipping"]):
            return False
        design = design.inner
    return bool(design.defaults.get("no_skipping"))


def find_base(design: Design) -> Design:
    """Return the design inside all wrappers."""
    return design.base if isinstance(design, Wrapper) else design


def _list_departures(design: Design, number: int, before: State, decision: Decision | None, cohort: Cohort) -> list[Sentence]:
    """Where a possible cohort left the rule: its dose, and its size."""
    found = [] if decision is None or _follows(decision, cohort) else [_describe_departure(number, cohort, decision)]
    places = design.find_places(replace(before, current=cohort.dose))
    if len(cohort.outcomes) > places:
        template = "Cohort {number} had {n} subjects where the rule had places for {places}."
        found.append(Sentence(template, number=number, n=len(cohort.outcomes), places=places))
    return found


def _follows(decision: Decision, cohort: Cohort) -> bool:
    """Whether a cohort at this dose is what the rule said, or more careful."""
    return decision.action not in ("stop", "wait") and decision.dose is not None and cohort.dose <= decision.dose


def _describe_departure(number: int, cohort: Cohort, decision: Decision) -> Sentence:
    if decision.action in ("stop", "wait"):
        template = "Cohort {number} was treated at dose {dose} where the rule said to {action}."
        return Sentence(template, number=number, dose=cohort.dose, action=Sentence(decision.action))
    template = "Cohort {number} was treated at dose {dose}, above dose {rule} of the rule."
    return Sentence(template, number=number, dose=cohort.dose, rule=decision.dose)
