"""What a design answers, and the sentences in which it says why."""

from dataclasses import dataclass
from typing import Literal

from trial.escalation.state import DoseCount, State
from trial.sentence import Sentence

Action = Literal["escalate", "stay", "de-escalate", "eliminate", "stop", "wait"]
"""``eliminate`` is de-escalate and never return; ``wait`` is dose nobody until pending subjects are known."""

CELL_ACTIONS: tuple[Action, ...] = ("escalate", "stay", "de-escalate", "eliminate")
"""The actions of a decision table, mildest first; their index is the code in vectorised tables."""


@dataclass(frozen=True)
class Decision:
    """The rule's answer: what to do, at which dose level, and why.

    ``dose`` is the level of the next subject; when the action is ``stop`` it is the recommended level, None for none.
    """

    action: Action
    dose: int | None
    because: Sentence


@dataclass(frozen=True)
class Selection:
    """The dose that a finished trial recommends (None for none); ``reached`` says whether it is an MTD.

    Where every dose tested is tolerated no MTD is reached, and ``dose`` is the highest dose tested.
    """

    dose: int | None
    reached: bool
    because: Sentence


def describe_counts(state: State, dose: int | None = None) -> Sentence:
    """Return the counts at ``dose`` (the current one by default) in words."""
    level = state.current if dose is None else dose
    count = state.doses[level - 1]
    known = _describe_known(count, level)
    waiting = len(count.pending)
    if not waiting:
        return known
    if waiting == 1:
        return Sentence("{known}, and 1 more is still in the DLT window", known=known)
    return Sentence("{known}, and {pending} more are still in the DLT window", known=known, pending=waiting)


def _describe_known(count: DoseCount, level: int) -> Sentence:
    if not count.treated:
        return Sentence("Nobody has been treated at dose {dose} yet (0 subjects, 0 DLTs)", dose=level)
    if count.evaluable == 1:
        return Sentence("{dlt} of 1 evaluable subject at dose {dose} had a DLT", dlt=count.dlt, dose=level)
    return Sentence("{dlt} of {n} evaluable subjects at dose {dose} had a DLT", dlt=count.dlt, n=count.evaluable, dose=level)


def answer(state: State, action: Action, dose: int | None, reason: Sentence) -> Decision:
    """Return the decision whose sentence says the counts, the ``reason`` and what follows."""
    step = _describe_step(state, action, dose)
    return Decision(action, dose, Sentence("{counts}: {reason}. {step}", counts=describe_counts(state), reason=reason, step=step))


def _describe_step(state: State, action: Action, dose: int | None) -> Sentence:
    """What follows from ``action``, in words."""
    if action == "stop":
        if dose is None:
            return Sentence("Stop; no dose is recommended.")
        return Sentence("Stop; the recommended dose is dose {dose}.", dose=dose)
    if action == "wait":
        return Sentence("Dose nobody until they are known.")
    templates = {
        "escalate": "The next cohort goes up to dose {dose}.",
        "stay": "The next subjects are treated at dose {dose}.",
        "de-escalate": "The next cohort goes down to dose {dose}.",
        "eliminate": "Dose {closed} and above are closed for good; the next cohort goes down to dose {dose}.",
    }
    return Sentence(templates[action], dose=dose, closed=(dose or 0) + 1)


def recommend_none(state: State, dose: int) -> Selection:
    """Return the selection of no dose because ``dose`` is too toxic, or nobody was treated."""
    counts = describe_counts(state, dose)
    if not state.tried:
        return Selection(None, False, Sentence("{counts}: no dose can be recommended.", counts=counts))
    return Selection(
        None, False, Sentence("{counts}: no dose can be recommended, because dose {dose} is not tolerated.", counts=counts, dose=dose)
    )
