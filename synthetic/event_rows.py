"""Adverse events as rows: every version the team has known, from first report to last correction."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from db.models import AdverseEvent, Subject
from synthetic.clock import DAY, NEVER, Ints, as_date, as_instant, month_end
from synthetic.course import Setting
from synthetic.events import Happenings
from synthetic.judgement import IS_DLT, NO_DLT, POSSIBLE, Judgement
from synthetic.population import EventPart
from synthetic.record import Ids, Rows, Values, make_versions
from synthetic.reporting import TO_MINUTE, TO_MONTH, Reports
from synthetic.treatment import Cast, local_text
from trial.terms import CAUSALITIES, HEADS, SERIOUSNESS

CLAVIEN_BY_GRADE = ("I", "II", "IIIa", "IVa", "V")
CLASSINTRA_BY_GRADE = ("I", "II", "III", "IV", "V")
CLAVIEN_DAYS = 90


class _Facts(NamedTuple):
    """Everything about one event, ready to be written as a row."""

    number: int
    subject: int
    kind: int
    onset: int
    local: int
    dose_day: int
    closure: int
    incision: int
    fatal: bool
    grade: int
    first_grade: int
    causes: list[int]
    first_causes: list[int]
    sponsor: list[int]
    criteria: list[bool]
    dlt: int
    end: int
    local_end: int
    precision: int
    end_to_minute: bool
    known: int
    aware: int
    known_end: int
    known_grade: int
    known_cause: int
    known_coded: int
    known_sponsor: int
    known_dlt: int
    chance: float


def event_rows(cast: Cast, events: Happenings, judged: Judgement, reports: Reports) -> Rows:
    """Return ADVERSE_EVENT rows with all their versions; codes AE-0001, ... in the order of knowing."""
    columns = _columns(cast, events, judged, reports)
    writer = _EventWriter(cast.setting)

    def build(chunk: Sequence[int], ids: Ids) -> list[list[Values]]:
        """The versions of a chunk of events."""
        place = np.asarray(chunk)
        parts = [column[place].tolist() for column in columns]
        return [writer.versions(_Facts(*values), int(ids[Subject][values[1]])) for values in zip(*parts, strict=True)]

    return Rows(AdverseEvent, reports.known, build)


def number_events(known: Ints) -> Ints:
    """Return the number of each event in the order of knowing, from 1."""
    number = np.empty(len(known), dtype=np.int64)
    number[np.argsort(known, kind="stable")] = np.arange(1, len(known) + 1)
    return number


def _columns(cast: Cast, events: Happenings, judged: Judgement, reports: Reports) -> list[Any]:
    """One array for each field of _Facts, in its order."""
    people, treatment, who = cast.people, cast.treatment, events.subject
    site = people.site[who]
    local = people.zones.to_local(events.onset, site)
    local_end = people.zones.to_local(np.where(reports.end == NEVER, 0, reports.end), site)
    values: dict[str, Any] = {
        **vars(events),
        **vars(judged),
        **vars(reports),
        "number": number_events(reports.known),
        "local": local,
        "local_end": np.where(reports.end == NEVER, NEVER, local_end),
        "dose_day": people.course.day[who],
        "closure": treatment.closure[who],
        "incision": treatment.incision[who],
        "chance": cast.setting.stream("event details").random(len(events)),
    }
    return [values[name] for name in _Facts._fields]


class _EventWriter:
    """Turns facts into row versions; holds what is the same for all events of a kind."""

    def __init__(self, setting: Setting) -> None:
        self.parts = setting.population.events
        self.cyclic = setting.population.administration.cycle_days > 0
        self.version = setting.protocol.study.ctcae_version
        self.definition = setting.protocol.dlt.definition if setting.protocol.dlt else ""
        self.underlying = setting.protocol.label_of("underlying")
        self.aesi = {term: part.code for part in setting.protocol.aesi for term in part.terms}

    def versions(self, facts: _Facts, subject_id: int) -> list[Values]:
        """All versions of one event, oldest first."""
        part = self.parts[facts.kind]
        row: Values = {
            "known_from": as_instant(facts.known),
            "code": f"AE-{facts.number:04d}",
            "subject_id": subject_id,
            "verbatim": _verbatim(part, facts.chance),
            "coded_term": part.term,
            "term_used": part.term,
            "category": part.category,
            "dictionary": part.dictionary,
            "ctcae_version": self.version if part.dictionary == "CTCAE" else None,
            "grade": facts.first_grade,
            "severity": None,
            **_onset_columns(facts),
            **_end_columns(facts, part, known=False),
            "aware_at": as_instant(facts.aware),
            **_cause_columns("investigator", facts.first_causes),
            **_cause_columns("sponsor", facts.sponsor),
            "source_causality": None,
            **_serious_columns(facts, known=facts.grade == facts.first_grade),
            "expectedness": _expectedness(part, facts),
            "anticipated": part.anticipated,
            "action": self._action(facts),
            "dlt": None if facts.dlt == NO_DLT else "pending",
            "dlt_reason": None,
            "aesi": self.aesi.get(part.term),
            **_surgical_columns(facts, part),
            "source_treatment_emergent": None,
        }
        return make_versions(self._hide(row, facts), self._changes(facts, part, row))

    def _hide(self, row: Values, facts: _Facts) -> Values:
        """The first report lacks what comes later: coding, and the sponsor's view of serious events."""
        if facts.known_coded != NEVER:
            row = {**row, "coded_term": None, "term_used": row["verbatim"], "aesi": None}
        if facts.known_sponsor != NEVER:
            row = {**row, **{f"sponsor_{head}": None for head in HEADS}}
        return row

    def _changes(self, facts: _Facts, part: EventPart, row: Values) -> list[tuple[int, Values]]:
        changes: list[tuple[int, Values]] = []
        if facts.known_coded != NEVER:
            changes.append((facts.known_coded, {name: row[name] for name in ("coded_term", "term_used", "aesi")}))
        if facts.known_sponsor != NEVER:
            changes.append((facts.known_sponsor, _cause_columns("sponsor", facts.sponsor)))
        if facts.known_grade != NEVER:
            worse = {"grade": facts.grade, **_serious_columns(facts, known=True), **_surgical_columns(facts, part, final=True)}
            changes.append((facts.known_grade, worse))
        if facts.known_cause != NEVER:
            changes.append((facts.known_cause, _cause_columns("investigator", facts.causes)))
        if facts.known_dlt != NEVER:
            changes.append((facts.known_dlt, self._verdict(facts)))
        if facts.known_end != NEVER:
            changes.append((facts.known_end, _end_columns(facts, part, known=True)))
        return changes

    def _verdict(self, facts: _Facts) -> Values:
        if facts.dlt == IS_DLT:
            return {"dlt": "yes", "dlt_reason": f"Meets the protocol's definition: {self.definition}"}
        return {"dlt": "no", "dlt_reason": f"The committee holds the {self.underlying} to be the more likely cause."}

    def _action(self, facts: _Facts) -> str:
        if not self.cyclic or facts.local // DAY < facts.dose_day:
            return "not applicable"
        if facts.grade < 3 or facts.causes[0] < POSSIBLE:
            return "dose not changed"
        return "drug interrupted" if facts.chance < 0.6 else "dose reduced" if facts.chance < 0.9 else "drug withdrawn"


def _verbatim(part: EventPart, chance: float) -> str:
    words = part.verbatims or (part.term.lower(),)
    return words[int(chance * 7919) % len(words)]


def _cause_columns(judge: str, causes: list[int]) -> Values:
    return {f"{judge}_{head}": None if cause < 0 else CAUSALITIES[cause] for head, cause in zip(HEADS, causes, strict=True)}


def _serious_columns(facts: _Facts, *, known: bool) -> Values:
    """Seriousness; an event whose grade rises later was not serious when it was first reported."""
    criteria = facts.criteria if known else [False] * len(SERIOUSNESS)
    return {"serious": any(criteria), **dict(zip(SERIOUSNESS, criteria, strict=True))}


def _onset_columns(facts: _Facts) -> Values:
    """The onset as collected, its analysis date (first possible day, or the dosing day in the month of dosing) and its last day."""
    day = facts.local // DAY
    if facts.precision == TO_MONTH:
        last = month_end(day)
        first = last - int(str(as_date(last))[8:]) + 1
        analysis = facts.dose_day if first <= facts.dose_day <= last else first
        return {
            "onset_text": str(as_date(day))[:7],
            "onset_precision": "month",
            "onset_date": as_date(analysis),
            "onset_imputed": "D",
            "onset_latest": as_date(last),
            "onset_at": None,
        }
    minute = facts.precision == TO_MINUTE
    return {
        "onset_text": local_text(facts.local) if minute else str(as_date(day)),
        "onset_precision": "minute" if minute else "day",
        "onset_date": as_date(day),
        "onset_imputed": None,
        "onset_latest": as_date(day),
        "onset_at": as_instant(facts.onset) if minute else None,
    }


def _end_columns(facts: _Facts, part: EventPart, *, known: bool) -> Values:
    """The end and outcome: once known the true ones, before that ongoing."""
    if not known:
        outcome = "recovering" if facts.chance > 0.7 and facts.grade < 4 else "not recovered"
        return {
            "end_text": None,
            "end_precision": "unknown",
            "end_date": None,
            "end_imputed": None,
            "end_at": None,
            "ongoing": True,
            "outcome": outcome,
        }
    day = facts.local_end // DAY
    sequelae = facts.chance > (0.9 if any(facts.criteria) else 0.985) or (facts.criteria[3] and facts.chance > 0.3)
    return {
        "end_text": local_text(facts.local_end) if facts.end_to_minute else str(as_date(day)),
        "end_precision": "minute" if facts.end_to_minute else "day",
        "end_date": as_date(day),
        "end_imputed": None,
        "end_at": as_instant(facts.end) if facts.end_to_minute else None,
        "ongoing": False,
        "outcome": "fatal" if facts.fatal else "recovered with sequelae" if sequelae else "recovered",
    }


def _expectedness(part: EventPart, facts: _Facts) -> str | None:
    """Judged where it matters: for serious events and for those that product or procedure may have caused."""
    if not any(facts.criteria) and max(facts.causes[:2]) < POSSIBLE:
        return None
    return "expected" if part.expected and facts.grade <= 3 else "unexpected"


def _surgical_columns(facts: _Facts, part: EventPart, *, final: bool = False) -> Values:
    """ClassIntra for events during the operation, Clavien-Dindo for complications in the 90 days after it."""
    grade = facts.grade if final else facts.first_grade
    columns: Values = {"clavien_dindo": None, "clavien_disability": None, "classintra": None}
    if facts.closure == NEVER or facts.onset < facts.incision:
        return columns
    if facts.onset <= facts.closure:
        columns["classintra"] = CLASSINTRA_BY_GRADE[grade - 1]
    elif part.complication and facts.onset - facts.closure <= CLAVIEN_DAYS * DAY:
        code = CLAVIEN_BY_GRADE[grade - 1]
        columns["clavien_dindo"] = "IIIb" if code == "IIIa" and facts.chance > 0.6 else code
        columns["clavien_disability"] = facts.criteria[3]
    return columns
