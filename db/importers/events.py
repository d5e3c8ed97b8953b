"""Adverse events (AE, with SUPPAE): words mapped to the record's, dates with their precision, contradictions noted."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from db.importers.plan import Plan, Row, Versions
from db.importers.records import Record
from db.models import AdverseEvent
from trial.clocks.calendar import compute_study_day
from trial.dates import CollectedDate, compute_end_day, compute_start_day
from trial.terms import ACTIONS, SEVERITIES

CAUSALITY_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("NONE", "NOT RELATED", "UNRELATED", "N", "NO"), "unrelated"),
    **dict.fromkeys(("REMOTE", "UNLIKELY", "UNLIKELY RELATED", "DOUBTFUL"), "unlikely"),
    **dict.fromkeys(("POSSIBLE", "POSSIBLY RELATED"), "possible"),
    **dict.fromkeys(("PROBABLE", "PROBABLY RELATED", "RELATED", "Y", "YES"), "probable"),
    **dict.fromkeys(("DEFINITE", "DEFINITELY RELATED"), "definite"),
}
"""AEREL, in the words of several sponsors, as causality. A plain "related" is taken as probable."""

_OUTCOMES: Mapping[str, str] = {
    "FATAL": "fatal",
    "NOT RECOVERED/NOT RESOLVED": "not recovered",
    "RECOVERED/RESOLVED": "recovered",
    "RECOVERED/RESOLVED WITH SEQUELAE": "recovered with sequelae",
    "RECOVERING/RESOLVING": "recovering",
    "UNKNOWN": "unknown",
}
_ACTIONS = {word.upper(): word for word in ACTIONS}
_SEVERITIES = {word.upper(): word for word in SEVERITIES}
_CRITERIA = {
    "AESDTH": "results_in_death",
    "AESLIFE": "life_threatening",
    "AESHOSP": "hospitalisation",
    "AESDISAB": "disability",
    "AESCONG": "congenital_anomaly",
    "AESMIE": "medically_important",
}
_OLDER_CRITERIA = ("AESCAN", "AESOD")
"""Cancer and overdose: no criteria of ICH E2A, but older exports give them as the reason for seriousness."""
_NOT_KNOWN_YET = {"end_precision": "unknown", "ongoing": True} | dict.fromkeys(
    ("end_text", "end_date", "end_imputed", "end_at", "outcome", "results_in_death")
)
"""What an event's earlier version says of an end that lies ahead."""


def compose_events(plan: Plan, records: Mapping[str, Sequence[Record]]) -> Iterable[Versions]:
    """Yield each adverse event; its end and outcome are known from the end's own day."""
    emergent = _read_supplements(plan, records)
    seen: set[tuple[str, ...]] = set()
    for record in records.get("AE", ()):
        yield _compose_event(plan, record, emergent.get((record.subject, record.text("AESEQ") or "")))
        same = (record.subject, record.upper("AEDECOD", "AETERM"), _text(record.date("AESTDTC")) or "")
        if same in seen:
            plan.note(record, "possible repeat", "same subject, term and start as an earlier row", "kept", known_on=_known_on(plan, record))
        seen.add(same)


def _read_supplements(plan: Plan, records: Mapping[str, Sequence[Record]]) -> dict[tuple[str, str], bool]:
    """The sponsor's treatment-emergent flags from SUPPAE, by subject and AESEQ."""
    events = {(record.subject, record.text("AESEQ")) for record in records.get("AE", ())}
    flags: dict[tuple[str, str], bool] = {}
    for record in records.get("SUPPAE", ()):
        key = (record.subject, record.text("IDVARVAL") or "")
        if record.upper("IDVAR") != "AESEQ" or record.upper("QNAM") != "AETRTEM":
            continue
        if key not in events:
            plan.note(record, "supplement without event", "belongs to no row of AE", "left out", column="IDVARVAL")
        flags[key] = record.upper("QVAL") == "Y"
    return flags


def _onset(plan: Plan, record: Record) -> date | None:
    """The analysis date of an event's start."""
    start = record.date("AESTDTC")
    return compute_start_day(start, plan.first_dose.get(record.subject))[0] if start else None


def _known_on(plan: Plan, record: Record) -> date:
    """The day from which an event is known."""
    return plan.knowledge.day_of(record, "AEDTC", "AESTDTC", happened=_onset(plan, record) or plan.first_dose.get(record.subject))


def _compose_event(plan: Plan, record: Record, emergent: bool | None) -> Versions:
    """One event with its versions."""
    known_on = _known_on(plan, record)
    noted = len(plan.findings.issues)
    source = record.flag("AETRTEM")
    row = plan.row(
        AdverseEvent,
        known_on,
        code=f"{record.subject}-AE-{record.text('AESEQ')}",
        subject_id=plan.subject_ids[record.subject],
        source_treatment_emergent=emergent if source is None else source,
        **_term(plan, record),
        **_judgement(plan, record),
        **_seriousness(plan, record),
        **_start(plan, record),
    )
    end = _end(plan, record)
    ended_on = end["end_date"] or (plan.died.get(record.subject) if end["outcome"] == "fatal" else None)
    _check_days(plan, record, row, end)
    for i in range(noted, len(plan.findings.issues)):
        plan.findings.issues[i] = plan.findings.issues[i].at(known_on)
    if ended_on is None or ended_on <= known_on:
        return [row | end]
    return plan.versions(row | end | _NOT_KNOWN_YET, known_on, [(ended_on, end | {"results_in_death": row["results_in_death"]})])


def _term(plan: Plan, record: Record) -> Row:
    """Verbatim and coded term, and the category."""
    verbatim, coded = record.text("AETERM"), record.text("AEDECOD")
    if verbatim is None:
        plan.note(record, "term missing", "has no verbatim term", "coded term used", column="AETERM")
    if coded is None:
        plan.note(record, "term uncoded", "has no coded term", "verbatim term used", column="AEDECOD")
    return {
        "verbatim": verbatim or coded or "not stated",
        "coded_term": coded,
        "term_used": coded or verbatim or "not stated",
        "category": record.text("AEBODSYS", "AESOC") or "UNCODED",
        "dictionary": "as coded in the export" if coded else "uncoded",
    }


def _judgement(plan: Plan, record: Record) -> Row:
    """Severity or grade, causality and action."""
    grade = re.search(r"[1-5]", record.text("AETOXGR") or "")
    severity = _map_word(plan, record, "AESEV", _SEVERITIES)
    if record.text("AETOXGR") and grade is None:
        plan.note(record, "word not mapped", "holds no grade from 1 to 5", "read as missing", column="AETOXGR")
    if grade is None and severity is None:
        plan.note(record, "severity missing", "has neither severity nor grade", "counts as not severe", column="AESEV")
    if record.text("AEREL") is None:
        plan.note(record, "causality missing", "does not say whether it is related", "counts as not related", column="AEREL")
    return {
        "grade": int(grade[0]) if grade else None,
        "severity": severity,
        "source_causality": record.text("AEREL"),
        "investigator_product": _map_word(plan, record, "AEREL", CAUSALITY_WORDS),
        "action": _map_word(plan, record, "AEACN", _ACTIONS),
    }


def _seriousness(plan: Plan, record: Record) -> Row:
    """Seriousness as reported and its criteria, both kept when they contradict each other."""
    serious = record.flag("AESER")
    met = [name for name in _CRITERIA if record.flag(name)]
    if met and serious is False:
        plan.note(record, "seriousness contradicted", f"AESER is N, but {', '.join(met)} is Y", "both kept", column="AESER")
    if serious and not met and not any(record.flag(name) for name in _OLDER_CRITERIA):
        plan.note(record, "serious without criterion", "AESER is Y, but no criterion is", "kept as serious", column="AESER")
    return {"serious": serious} | {field: record.flag(name) for name, field in _CRITERIA.items()}


def _start(plan: Plan, record: Record) -> Row:
    """The start as collected, its analysis date and the last day it can mean."""
    start = record.date("AESTDTC")
    onset, flag = compute_start_day(start, plan.first_dose.get(record.subject)) if start else (None, None)
    _note_partial(plan, record, "AESTDTC", start, onset)
    return {
        "onset_text": _text(start),
        "onset_precision": start.precision if start else "unknown",
        "onset_date": onset,
        "onset_imputed": flag,
        "onset_latest": start.last if start else None,
        "onset_at": start.instant(plan.time_zone) if start else None,
    }


def _end(plan: Plan, record: Record) -> Row:
    """End and outcome; a blank end is not the same as ongoing."""
    end = record.date("AEENDTC")
    limit = min(plan.died.get(record.subject, plan.knowledge.through), plan.knowledge.through)
    day, flag = compute_end_day(end, limit) if end else (None, None)
    _note_partial(plan, record, "AEENDTC", end, day)
    outcome = _map_word(plan, record, "AEOUT", _OUTCOMES)
    says_ongoing = record.upper("AEENRF") in ("AFTER", "DURING/AFTER", "ONGOING") or record.upper("AEENRTPT") in ("AFTER", "ONGOING")
    ongoing = day is None and (says_ongoing or outcome in ("not recovered", "recovering"))
    return {
        "end_text": _text(end),
        "end_precision": end.precision if end else "unknown",
        "end_date": day,
        "end_imputed": flag,
        "end_at": end.instant(plan.time_zone) if end else None,
        "ongoing": True if ongoing else (False if day is not None or outcome in ("fatal", "recovered") else None),
        "outcome": outcome,
    }


def _check_days(plan: Plan, record: Record, row: Row, end: Row) -> None:
    """Note an end before the start, and a study day that the dates contradict."""
    start = record.date("AESTDTC")
    if end["end_date"] is not None and row["onset_date"] is not None and end["end_date"] < row["onset_date"]:
        plan.note(record, "end before start", f"ends on {end['end_date']}, before {row['onset_date']}", "kept", column="AEENDTC")
    stated, reference = record.number("AESTDY"), plan.reference.get(record.subject)
    if stated is None or reference is None or start is None or start.day is None:
        return
    computed = compute_study_day(start.day, reference)
    if stated != computed:
        plan.note(record, "study day differs", f"says {stated:g}, the dates give {computed}", "dates used", column="AESTDY")


def _note_partial(plan: Plan, record: Record, column: str, collected: CollectedDate | None, day: date | None) -> None:
    """Note a date that was not collected whole."""
    if collected is not None and collected.day is None:
        done = f"text kept, analysed as {day}" if day else "text kept, no date made from it"
        plan.note(record, "partial date", f"{collected.text} is no whole date", done, column=column)


def _map_word(plan: Plan, record: Record, column: str, words: Mapping[str, str]) -> Any:
    """The record's word for a source word; None, with an issue, when it is not known."""
    given = record.upper(column)
    if given and given not in words:
        plan.note(record, "word not mapped", f"holds a word that {column} is not known to have", "read as missing", column=column)
    return words.get(given)


def _text(collected: CollectedDate | None) -> str | None:
    """The text of a date as collected."""
    return collected.text if collected is not None else None
