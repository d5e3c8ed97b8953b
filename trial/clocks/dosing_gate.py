"""The dosing gate: may the next subject be dosed, at which dose, from when, and what stands in the way.

Each check says what it rests on, whether it holds and, where it is only a matter of time, from which day it will hold.
The stagger follows the protocol: after the first subject of a dose the sentinel interval, then the shorter one.
"""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from trial.clocks.calendar import compute_day_after, compute_days_between, compute_local_day
from trial.escalation.decision import Decision
from trial.protocol import EscalationPart, StaggerPart
from trial.sentence import Sentence
from trial.standing import Standing, count_standing

DOWNWARD = ("de-escalate", "eliminate")
HOLDS = ("pause", "stop")


@dataclass(frozen=True)
class Check:
    """One condition of the gate; ``holds_from`` is the first day on which time alone will have cleared it."""

    rule: Sentence
    passed: bool
    evidence: Sentence
    holds_from: date | None = None


@dataclass(frozen=True)
class Gate:
    """Whether the next subject may be dosed, at which dose, and from when.

    ``dose_level`` is the next one (None: none may follow); where ``waits`` holds, the cohort under way is full but not
    complete, and the level is still the current one because the next is not decided. ``opens_on`` is the first day dosing may
    happen (None: not foreseeable), ``not_before`` the first day on which nothing but a decision is missing.
    """

    dose_level: int | None
    checks: tuple[Check, ...]
    opens_on: date | None
    not_before: date
    waits: bool = False

    @property
    def blockers(self) -> tuple[Check, ...]:
        """The checks that do not hold."""
        return tuple(check for check in self.checks if not check.passed)


@dataclass(frozen=True)
class _Next:
    """The level of the next subject, whether a new cohort begins with it, and whether the full cohort must be complete first."""

    level: int | None
    enters: bool
    waits: bool = False


def compute_gate(
    ledger: pd.DataFrame,
    rules: tuple[EscalationPart, StaggerPart],
    advice: Decision,
    *,
    decisions: pd.DataFrame,
    lots: pd.DataFrame,
    day: date,
    time_zone: str,
) -> Gate:
    """Return the gate at the end of ``day``, a calendar day in ``time_zone``, the study's own.

    ``ledger`` is DLT_LEDGER, ``advice`` the design's answer on its counts, ``decisions`` COMMITTEE_DECISIONS, ``lots`` LOTS.
    """
    escalation, stagger = rules
    standing = count_standing(ledger, escalation)
    decisions = decisions.assign(decided_on=_find_days(decisions["decided_at"], time_zone))
    following = _find_next(standing, advice)
    checks = [_check_rule(advice, following), _check_hold(decisions)]
    if following.level is not None:
        checks += _check_windows(standing, following)
        checks += _check_committee(standing, following, escalation, decisions)
        checks += _check_stagger(ledger, following, stagger, day)
        checks += _check_lots(lots, day)
    return Gate(following.level, tuple(checks), _find_opening(checks, following, day), _find_earliest(checks, day), following.waits)


def _find_next(standing: Standing, advice: Decision) -> _Next:
    """A cohort under way is filled first, unless the rule already leads away from its dose."""
    if advice.action == "stop":
        return _Next(None, True)
    if advice.action in DOWNWARD:
        return _Next(advice.dose, True)
    if not len(standing.here):
        return _Next(standing.level, False)
    if standing.places:
        return _Next(standing.level, False)
    if len(standing.pending):
        return _Next(standing.level, True, waits=True)
    return _Next(advice.dose, True)


def _find_days(moments: pd.Series, time_zone: str) -> pd.Series:
    """The calendar day of each instant in the study's zone, which is that of the days of dosing."""
    days = [compute_local_day(moment.to_pydatetime(), time_zone) for moment in moments]
    return pd.Series(days, index=moments.index, dtype="datetime64[us]")


def _check_rule(advice: Decision, following: _Next) -> Check:
    if following.level is None:
        return Check(Sentence("escalation rule"), False, Sentence("the rule stops dosing"))
    if following.waits:
        return Check(Sentence("escalation rule"), True, Sentence("the next dose is decided when the cohort is complete"))
    return Check(Sentence("escalation rule"), True, Sentence("the rule allows dose level {level}", level=following.level))


def _check_hold(decisions: pd.DataFrame) -> Check:
    """A pause or stop of the committee holds until a later decision lifts it."""
    if not decisions.empty and decisions["decision"].iloc[-1] in HOLDS:
        last = decisions.iloc[-1]
        evidence = Sentence("the committee decided on {day}: {act}", act=Sentence(last["decision"]), day=last["decided_on"].date())
        return Check(Sentence("hold"), False, evidence)
    return Check(Sentence("hold"), True, Sentence("no hold is in force"))


def _check_windows(standing: Standing, following: _Next) -> list[Check]:
    """A full cohort waits until every window is complete and every candidate is judged."""
    pending = standing.pending
    if not following.waits:
        return []
    running = pending[pending["window_open"]]
    judged = pending[~pending["window_open"]]
    checks = []
    if len(running):
        until = running["window_ends_on"].max().date()
        evidence = Sentence("the cohort is full; in the window until {day}: {codes}", codes=", ".join(running["subject"]), day=until)
        checks.append(Check(Sentence("DLT window"), False, evidence, compute_day_after(until, 1)))
    if len(judged):
        checks.append(
            Check(
                Sentence("DLT judgement"), False, Sentence("a possible DLT of {codes} awaits judgement", codes=", ".join(judged["subject"]))
            )
        )
    return checks


def _check_committee(standing: Standing, following: _Next, rule: EscalationPart, decisions: pd.DataFrame) -> list[Check]:
    """A new cohort needs a decision of the committee that names its dose, taken after the last one was dosed."""
    if not rule.committee_review or not following.enters:
        return []
    if following.waits:
        return [Check(Sentence("committee"), False, Sentence("the committee decides when the cohort is complete"))]
    dosed_on = standing.here["first_dose_on"].max() if len(standing.here) else None
    fitting = decisions[decisions["next_level"] == following.level]
    if dosed_on is not None:
        fitting = fitting[fitting["decided_on"] >= dosed_on]
    if len(fitting):
        return [Check(Sentence("committee"), True, Sentence("committee decision of {day}", day=fitting["decided_on"].iloc[-1].date()))]
    return [
        Check(Sentence("committee"), False, Sentence("no decision of the committee allows dose level {level} yet", level=following.level))
    ]


def _check_stagger(ledger: pd.DataFrame, following: _Next, rule: StaggerPart, day: date) -> list[Check]:
    """Time since the subject before: sentinel interval after the first at a dose, the shorter one later, another between cohorts."""
    if ledger.empty:
        return []
    last = ledger.sort_values("first_dose_on", kind="stable").iloc[-1]
    if following.enters:
        name, days = Sentence("interval between cohorts"), rule.between_cohorts_days
    elif int((ledger["dose_level"] == following.level).sum()) == 1:
        name, days = Sentence("sentinel observation"), rule.sentinel_days
    else:
        name, days = Sentence("stagger"), rule.next_days
    opens = compute_day_after(last["first_dose_on"].date(), days)
    left = compute_days_between(day, opens)
    if left > 0:
        return [
            Check(name, False, Sentence("{days} days after {code}, {left} days left", days=days, code=last["subject"], left=left), opens)
        ]
    return [Check(name, True, Sentence("{days} days after {code} are over", days=days, code=last["subject"]))]


def _check_lots(lots: pd.DataFrame, day: date) -> list[Check]:
    """A released lot that has not expired; a trial that records no lots has nothing to check."""
    if lots.empty:
        return []
    cut = pd.Timestamp(day)
    usable = lots[(lots["released_on"] <= cut) & (lots["expires_on"].isna() | (lots["expires_on"] > cut))]
    if usable.empty:
        return [Check(Sentence("lot"), False, Sentence("no released lot is in date"))]
    return [Check(Sentence("lot"), True, Sentence("lot {lot} is released", lot=usable["lot"].iloc[0]))]


def _find_opening(checks: list[Check], following: _Next, day: date) -> date | None:
    """The first day on which every check holds, if only time is missing; never a day that is already over."""
    if following.level is None or any(not check.passed and check.holds_from is None for check in checks):
        return None
    return _find_earliest(checks, day)


def _find_earliest(checks: list[Check], day: date) -> date:
    """The first day after ``day`` on which no check is missing time."""
    return max([compute_day_after(day, 1), *(check.holds_from for check in checks if not check.passed and check.holds_from)])
