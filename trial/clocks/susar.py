"""Which serious events start a reporting clock, when it starts anew, and how far its target is from the cut-off.

A case qualifies while it is serious, suspected of product or procedure by either judge, and unexpected (SUSAR: ICH E2A, 21 CFR 312.32,
NMPA/CDE, EU CTR article 42; see SAFETY.md section 6). What nobody has judged counts as if it qualified, until it is judged.

Day 0 is the local day from which the record showed a case that qualifies. A judgement given later than the event counts from the event on,
since the report was there and only its assessment was not. What was changed counts from its change: an upgrade is a new day 0, and a case
that becomes fatal or life-threatening has a new clock of 7 days beside the older one of 15, which is kept.

The record does not say whether a report was sent, so a target is ahead or passed, and never overdue.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal

import pandas as pd

from trial.clocks.calendar import compute_days_between, compute_local_day
from trial.clocks.reporting import OTHER_DAYS, URGENT_DAYS, Case, Due, compute_awareness, compute_due_dates
from trial.tables.reporting import REPORTING_CLOCKS
from trial.terms import JUDGES, RELATED, SERIOUSNESS

NEAR_DAYS = 7
"""How far a target may lie ahead of the cut-off, or behind it, to be near."""

CRITERIA = {criterion: criterion.replace("_", "-" if criterion == "life_threatening" else " ") for criterion in SERIOUSNESS}
"""The criteria of seriousness in words."""

Prompt = Literal["met", "late", "not recorded", "at entry", "serious later", "before awareness"]
PROMPT: tuple[Prompt, ...] = ("late", "before awareness", "not recorded", "at entry", "serious later", "met")
"""How the site's report stands to its 24 hours: late or met; no time of awareness is recorded, or the moment of entry in its place;
the event became serious after it was reported, and nobody wrote down when the site learned that; or it was reported before
the site learned of it, which cannot be."""


@dataclass(frozen=True)
class Judgement:
    """What one version of a serious event said: what was reported of it, and what was judged (None: not yet)."""

    known_from: datetime
    serious: bool
    urgent: bool
    causes: tuple[bool | None, ...]
    unexpected: bool | None

    @property
    def suspected(self) -> bool | None:
        """Whether any judge suspects any cause; None while none has judged any."""
        given = [cause for cause in self.causes if cause is not None]
        return any(given) if given else None

    @property
    def qualifies(self) -> bool:
        """Whether the case is reported in haste, or would be if what is not judged were judged so."""
        return self.serious and self.suspected is not False and self.unexpected is not False

    @property
    def determined(self) -> bool:
        """Whether it was judged to qualify, nothing of it left open."""
        return self.serious and self.suspected is True and self.unexpected is True


@dataclass(frozen=True)
class Clock:
    """One clock of a case: from which receipt, fatal or life-threatening or not, and what became of it."""

    received: datetime
    urgent: bool
    determined: datetime | None = None
    ended: datetime | None = None
    kept: bool = False


def find_clocks(versions: Sequence[Judgement]) -> list[Clock]:
    """Return the clocks of one case from its versions, oldest first, in the order in which they started."""
    clocks: list[Clock] = []
    for said, counted in zip(versions, _complete(versions), strict=True):
        running = [clock for clock in clocks if clock.ended is None]
        if not counted.qualifies:
            clocks = [clock if clock.ended else replace(clock, ended=said.known_from) for clock in clocks]
            continue
        if not running or (counted.urgent and not any(clock.urgent for clock in running)):
            clocks = [clock if clock.ended else replace(clock, kept=True) for clock in clocks]
            clocks.append(Clock(said.known_from, counted.urgent))
        if said.determined:
            clocks = [clock if clock.ended or clock.determined else replace(clock, determined=said.known_from) for clock in clocks]
    return clocks


def _complete(versions: Sequence[Judgement]) -> list[Judgement]:
    """The versions with each judgement that was still open filled by the first one that was given later."""
    found = list(versions[-1:])
    for version in versions[-2::-1]:
        later = found[-1]
        causes = tuple(then if own is None else own for own, then in zip(version.causes, later.causes, strict=True))
        found.append(replace(version, causes=causes, unexpected=later.unexpected if version.unexpected is None else version.unexpected))
    return found[::-1]


def compute_reporting_clocks(versions: pd.DataFrame, heads: Sequence[str], time_zone: str, day: date) -> pd.DataFrame:
    """Return REPORTING_CLOCKS at the end of ``day`` from SERIOUS_VERSIONS, on clocks kept in ``time_zone``.

    ``heads`` are the causes that make a reaction of an event, among trial.tables.reporting.SUSPECTS.
    """
    rows = []
    for _, event in groupby(versions.itertuples(index=False), key=attrgetter("event")):
        told = list(event)
        judged = [_judge(row, heads) for row in told]
        facts = (*_describe(told[-1], judged[-1], heads), *_receive(told, judged))
        clocks = find_clocks(judged)
        dated = [_date(clock, time_zone, day) for clock in clocks]
        rows += [(*facts, *values) for values in dated or [("none", False, *[None] * 5, "none", None, None)]]
    names = REPORTING_CLOCKS.names
    rows.sort(key=lambda row: _rank(dict(zip(names, row, strict=True)), day))
    return REPORTING_CLOCKS.frame(rows)


def count_near(clocks: pd.DataFrame, day: date) -> tuple[int, int]:
    """Return how many targets of REPORTING_CLOCKS lie within NEAR_DAYS from ``day`` on, and how many passed in as many days before it."""
    running = clocks[clocks["ended_on"].isna()]
    targets = pd.concat([running["initial_by"], running["complete_by"]]).dropna()
    left = [compute_days_between(day, target.date()) for target in targets]
    return sum(0 <= days <= NEAR_DAYS for days in left), sum(-NEAR_DAYS <= days < 0 for days in left)


def _judge(row: Any, heads: Sequence[str]) -> Judgement:
    """What one row of SERIOUS_VERSIONS says."""
    given = [getattr(row, f"{judge}_{head}") for judge in JUDGES for head in heads]
    causes = tuple(None if pd.isna(word) else word in RELATED for word in given)
    expected = row.expectedness
    unexpected = None if pd.isna(expected) else expected == "unexpected"
    urgent = bool(row.fatal) or _holds(row.results_in_death) or _holds(row.life_threatening)
    return Judgement(row.known_from.to_pydatetime(), _holds(row.serious), urgent, causes, unexpected)


def _describe(row: Any, now: Judgement, heads: Sequence[str]) -> tuple[Any, ...]:
    """The first columns of REPORTING_CLOCKS, as the newest version has them."""
    criteria = [CRITERIA[criterion] for criterion in SERIOUSNESS if _holds(getattr(row, criterion))]
    judges = {head: [judge for judge in JUDGES if getattr(row, f"{judge}_{head}") in RELATED] for head in heads}
    causes = "; ".join(f"{head}: {', '.join(found)}" for head, found in judges.items() if found)
    suspected = {True: "yes", False: "no", None: "not judged"}[now.suspected]
    expected = "not judged" if pd.isna(row.expectedness) else row.expectedness
    return row.subject, row.site, row.event, row.term, ", ".join(criteria), causes, suspected, expected


def _receive(told: Sequence[Any], judged: Sequence[Judgement]) -> tuple[Any, ...]:
    """When the site learned of the event, when the record did, and how the two stand to the hours that a site has."""
    first = next(version for version in judged if version.serious)
    aware = None if pd.isna(told[-1].aware_at) else told[-1].aware_at.to_pydatetime()
    recorded, received = judged[0].known_from, first.known_from
    prompt, hours = _compare(aware, recorded, received)
    return aware, recorded, received, prompt, hours


def _compare(aware: datetime | None, recorded: datetime, received: datetime) -> tuple[Prompt, float | None]:
    """How the receipt stands to the 24 hours from awareness, and the hours between the two where they say something."""
    if received != recorded:
        return "serious later", None
    if aware is None:
        return "not recorded", None
    if aware == recorded:
        return "at entry", None
    found = compute_awareness(aware, received)
    if found.hours < 0:
        return "before awareness", None
    return ("late" if found.late else "met"), found.hours


def _date(clock: Clock, time_zone: str, day: date) -> tuple[Any, ...]:
    """The columns of REPORTING_CLOCKS from the clock on."""
    case = Case(clock.received, True, True, True, clock.urgent, clock.determined)
    due = compute_due_dates(case, time_zone)
    assert due is not None
    by_text = due.fda_by_text if clock.determined else None
    ended = compute_local_day(clock.ended, time_zone) if clock.ended else None
    standing, target = ("ended", due.initial) if ended else _stand(due, day)
    left = compute_days_between(day, target)
    name = f"{URGENT_DAYS if clock.urgent else OTHER_DAYS} days"
    return name, clock.kept, due.day_0, due.fda, due.complete, by_text, ended, standing, target, left


def _stand(due: Due, day: date) -> tuple[str, date]:
    """The next target that is not past, else the last one."""
    targets = [target for target in (due.initial, due.complete) if target]
    ahead = [target for target in targets if target >= day]
    return ("ahead", ahead[0]) if ahead else ("passed", targets[-1])


def _rank(row: dict[str, Any], day: date) -> tuple[Any, ...]:
    """Near and coming targets first, the earliest on top; then those longer past, the newest on top; then what has no clock."""
    if row["clock"] != "none" and row["standing"] != "ended":
        targets = [target for target in (row["initial_by"], row["complete_by"]) if target]
        near = [target for target in targets if compute_days_between(day, target) >= -NEAR_DAYS]
        if near:
            return 0, near[0].toordinal(), row["event"], row["day_0"].toordinal()
    if row["clock"] != "none":
        return 1, -row["target"].toordinal(), row["event"], row["day_0"].toordinal()
    return 2, PROMPT.index(row["prompt"]), -row["serious_from"].timestamp(), row["event"]


def _holds(flag: Any) -> bool:
    return not pd.isna(flag) and bool(flag)


def list_heads(declared: Sequence[str]) -> Iterator[str]:
    """Yield the causes a reaction may be suspected of: the product always, the procedure where the protocol declares it as a cause."""
    yield "product"
    if "procedure" in declared:
        yield "procedure"
