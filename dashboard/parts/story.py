"""The listings of one subject: events, their versions, what was given, medication, measurements, history."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from dashboard.numbers import iso
from dashboard.parts.table import offer_download, show_pages, show_table
from dashboard.parts.words import show_note
from dashboard.text import say
from dashboard.view import View
from db.queries.subject_listings import (
    subject_dispositions,
    subject_history,
    subject_measurements,
    subject_medications,
    subject_tests,
)
from db.queries.subject_story import event_versions, subject_doses, subject_events, subject_procedures
from trial.dose_vector import compare_vectors
from trial.terms import HEADS, RELATED

MOST_MEASUREMENTS = 1_000_000


def show_events(view: View, code: str) -> None:
    """Show the subject's events with their dates as collected, judgements, and how often they were corrected."""
    events = view.read(subject_events, subject=code)
    shown = _said(events, ("severity", "dlt", "outcome", "action", "expectedness")).assign(
        grade_words=[_grade(row) for row in events.itertuples()],
        onset=[_collected(row.onset_text, row.onset_on, row.onset_imputed) for row in events.itertuples()],
        end=[_ending(row) for row in events.itertuples()],
        serious_words=[_serious(row) for row in events.itertuples()],
        cause=[_cause(view, row) for row in events.itertuples()],
        emergent_words=[say("yes") if flag else say("no") for flag in events["emergent"]],
    )
    headings = {
        "code": say("Event"),
        "term": say("Term"),
        "grade_words": say("Grade"),
        "onset": say("Onset as collected"),
        "end": say("End as collected"),
        "emergent_words": say("Emergent"),
        "serious_words": say("Serious"),
        "dlt": "DLT",
        "cause": say("Possible cause"),
        "outcome": say("Outcome"),
        "action": say("Action"),
        "first_known": say("Known since"),
        "versions": say("Versions"),
        "verbatim": say("As reported"),
    }
    show_table(shown, key="story-events", headings=_filled(shown, headings, ("dlt", "action", "outcome")), rows=14)
    show_note(
        say("~ marks a date of which a part was filled in. A cause stands here when investigator or sponsor sees a reasonable possibility.")
    )
    offer_download(view, "subject-events", lambda now: now.read(subject_events, subject=code))


def show_versions(view: View, code: str) -> None:
    """Show every version of the events that were corrected: what was known, from when to when."""
    found = view.read(event_versions, subject=code)
    if found.empty:
        show_note(say("No event of this subject was corrected up to the cut-off."))
        return
    shown = _said(found, ("severity", "dlt", "outcome")).assign(
        grade_words=[_grade(row) for row in found.itertuples()],
        serious_words=["" if pd.isna(flag) else say("yes") if flag else say("no") for flag in found["serious"]],
        end=[say("goes on") if not pd.isna(row.ongoing) and row.ongoing else _text(row.end_text) for row in found.itertuples()],
        cause=[_cause(view, row) for row in found.itertuples()],
        changed=_changes(found),
        until=[say("still holds") if pd.isna(moment) else f"{moment:%Y-%m-%d %H:%M} UTC" for moment in found["replaced_at"]],
    )
    headings = {
        "code": say("Event"),
        "term": say("Term"),
        "known_from": say("Known from"),
        "until": say("Replaced"),
        "changed": say("What changed"),
        "grade_words": say("Grade"),
        "serious_words": say("Serious"),
        "dlt": "DLT",
        "onset_text": say("Onset as collected"),
        "end": say("End as collected"),
        "cause": say("Possible cause"),
        "outcome": say("Outcome"),
    }
    show_table(shown, key="story-versions", headings=headings, rows=14)
    offer_download(view, "subject-event-versions", lambda now: now.read(event_versions, subject=code))


def show_doses(view: View, code: str) -> None:
    """Show what was given: administrations, planned against delivered, and the procedures around them."""
    doses = view.read(subject_doses, subject=code)
    headings = {
        "number": say("No."),
        "product": say("Product"),
        "dose": say("Dose level"),
        "route": say("Route"),
        "location": say("Place"),
        "lot": say("Lot"),
        "start_text": say("Start as collected"),
        "first_on": say("First day"),
        "last_on": say("Last day"),
        "started_at": say("Started"),
        "ended_at": say("Ended"),
        "planned_amount": say("Planned amount"),
        "delivered_amount": say("Delivered amount"),
        "amount_unit": say("Unit"),
        "viability_percent": say("Viability, %"),
        "deviation": say("Deviation"),
    }
    show_table(doses, key="story-doses", headings=_filled(doses, headings, headings), rows=10)
    _show_vectors(doses)
    _show_procedures(view.read(subject_procedures, subject=code))
    offer_download(view, "subject-administrations", lambda now: now.read(subject_doses, subject=code))


def _show_vectors(doses: pd.DataFrame) -> None:
    """The components of each dose, planned against delivered."""
    vectors = compare_vectors(doses)
    if vectors.empty:
        return
    show_note(say("The dose as a vector, planned against delivered."))
    shown = vectors.assign(same=[say("differs") if flag else say("as planned") for flag in vectors["differs"]])
    headings = {
        "number": say("No."),
        "component": say("Component"),
        "planned": say("Planned"),
        "delivered": say("Delivered"),
        "same": say("Agreement"),
    }
    show_table(shown, key="story-vectors", headings=headings, rows=10)


def _show_procedures(procedures: pd.DataFrame) -> None:
    """The procedures with their times."""
    if procedures.empty:
        return
    show_note(say("Procedures."))
    headings = {
        "type": say("Procedure"),
        "performed_on": say("Day"),
        "anaesthesia": say("Anaesthesia"),
        "anaesthesia_started_at": say("Anaesthesia started"),
        "incision_at": say("Incision"),
        "closure_at": say("Closure"),
        "blood_loss_ml": say("Blood loss, mL"),
        "neuromonitoring": say("Neuromonitoring"),
        "neuromonitoring_alert": say("Alert"),
    }
    show_table(procedures, key="story-procedures", headings=_filled(procedures, headings, headings), rows=8)


def show_medications(view: View, code: str) -> None:
    """Show the medications, those that the protocol requires first."""
    found = view.read(subject_medications, subject=code)
    shown = found.assign(
        why=[say("required by the protocol") if flag else "" for flag in found["required"]],
        end=[_last_day(row) for row in found.itertuples()],
    )
    headings = {
        "name": say("Medication"),
        "why": say("Protocol"),
        "indication": say("Indication"),
        "dose_text": say("Dose"),
        "route": say("Route"),
        "start_text": say("Start as collected"),
        "end": say("End"),
        "verbatim": say("As reported"),
    }
    show_table(shown, key="story-medications", headings=_filled(shown, headings, ("indication", "dose_text", "route")), rows=14)
    offer_download(view, "subject-medications", lambda now: now.read(subject_medications, subject=code))


def show_measurements(view: View, code: str) -> None:
    """Show the measurements a page at a time, the newest first."""
    count = int(view.read(subject_tests, subject=code)["results"].sum())
    headings = {
        "measured_on": say("Day"),
        "visit": say("Visit"),
        "kind": say("Kind"),
        "label": say("Test"),
        "result": say("Result"),
        "unit": say("Unit"),
        "low": say("Range from"),
        "high": say("Range to"),
        "indicator": say("Indicator"),
    }

    def fetch(page: int, size: int) -> pd.DataFrame:
        """One page of the measurements, in words."""
        return _said(view.read(subject_measurements, subject=code, limit=size, offset=(page - 1) * size), ("kind",))

    show_pages(count, fetch, key="story-measurements", headings=headings)
    offer_download(view, "subject-measurements", lambda now: now.read(subject_measurements, subject=code, limit=MOST_MEASUREMENTS))


def show_past(view: View, code: str) -> None:
    """Show the medical history, then endings and milestones."""
    show_note(say("Medical history."))
    found = view.read(subject_history, subject=code)
    headings = {
        "term": say("Term"),
        "category": say("Category"),
        "start_text": say("Start as collected"),
        "end_text": say("End as collected"),
    }
    show_table(found, key="story-history", headings={**headings, "verbatim": say("As reported")}, rows=10)
    show_note(say("Disposition."))
    found = _said(view.read(subject_dispositions, subject=code), ("kind",))
    headings = {"kind": say("Kind"), "reason": say("Reason"), "occurred_on": say("Day"), "occurred_text": say("Day as collected")}
    show_table(found, key="story-dispositions", headings={**headings, "verbatim": say("As reported")}, rows=10)


def _last_day(row: Any) -> str:
    """The last day of a medication, or that it goes on."""
    if not pd.isna(row.last_on):
        return iso(row.last_on)
    return say("goes on") if not pd.isna(row.ongoing) and row.ongoing else ""


def _grade(row: Any) -> str:
    """The grade as a number; else the severity, which is not a grade."""
    return str(row.grade) if not pd.isna(row.grade) else "" if pd.isna(row.severity) else say(row.severity)


def _collected(text: Any, day: Any, imputed: Any) -> str:
    """A date as it was collected; where a part was filled in, the analysis day stands behind it."""
    shown = _text(text)
    if pd.isna(day) or pd.isna(imputed):
        return shown or ("" if pd.isna(day) else iso(day))
    return f"{shown or say('no date')} ~ {day.strftime('%Y-%m-%d')}"


def _ending(row: Any) -> str:
    if not pd.isna(row.ongoing) and row.ongoing and pd.isna(row.end_on):
        return say("goes on")
    return _collected(row.end_text, row.end_on, row.end_imputed)


def _serious(row: Any) -> str:
    """Whether serious, and by which criteria."""
    names = {
        "results_in_death": say("death"),
        "life_threatening": say("life-threatening"),
        "hospitalisation": say("hospitalisation"),
        "disability": say("disability"),
        "congenital_anomaly": say("congenital anomaly"),
        "medically_important": say("medically important"),
    }
    criteria = [] if pd.isna(row.criteria) else [names[name] for name in row.criteria.split(", ")]
    return ", ".join([say("yes") if row.serious else say("no"), *criteria]) if row.serious or criteria else say("no")


def _cause(view: View, row: Any) -> str:
    """Each head that investigator or sponsor holds to be a possible cause, by its label in the protocol."""
    words = []
    for head in HEADS:
        judged = [(say("investigator"), getattr(row, f"investigator_{head}")), (say("sponsor"), getattr(row, f"sponsor_{head}"))]
        said = [f"{judge} {say(value)}" for judge, value in judged if not pd.isna(value) and value in RELATED]
        words += [f"{say(view.protocol.label_of(head))}: {', '.join(said)}"] if said else []
    return "; ".join(words)


def _changes(found: pd.DataFrame) -> list[str]:
    """What each version changed against the one before it, as names of columns in words."""
    names = {"term": say("term"), "grade": say("grade"), "severity": say("severity"), "serious": say("seriousness"), "dlt": "DLT"}
    names |= {"onset_text": say("onset"), "end_text": say("end"), "ongoing": say("end"), "outcome": say("outcome")}
    names |= {name: say("causality") for name in found.columns if name.startswith(("investigator_", "sponsor_"))}
    changed: list[str] = []
    previous: Any = None
    for row in found.itertuples():
        if previous is None or previous.code != row.code:
            changed.append(say("first report"))
        else:
            differs = [word for name, word in names.items() if not _same(getattr(previous, name), getattr(row, name))]
            changed.append(", ".join(dict.fromkeys(differs)) or say("another field"))
        previous = row
    return changed


def _same(one: Any, other: Any) -> bool:
    return bool(pd.isna(one) and pd.isna(other)) or (not pd.isna(one) and not pd.isna(other) and one == other)


def _said(frame: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """The frame with the closed words of these columns in the reader's language."""
    return frame.assign(**{name: frame[name].map(say, na_action="ignore") for name in names})


def _filled(frame: pd.DataFrame, headings: dict[str, str], optional: Iterable[str]) -> dict[str, str]:
    """The headings without the ``optional`` columns that are empty for this subject."""
    empty = {name for name in optional if frame[name].isna().all()}
    return {name: words for name, words in headings.items() if name not in empty}


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)
