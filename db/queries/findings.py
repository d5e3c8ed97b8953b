"""The findings that a monitor counts: a neurological state against the own baseline, or words in the result of an examination."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlmodel import Session

from db.history import known
from db.models import Cohort, Subject
from db.queries.measured import Hit, measured_hits
from db.queries.neurology import neuro_exams
from db.queries.pre_dose import dated_results, settled_results
from trial.asof import AsOf
from trial.grading.laboratory import Version
from trial.protocol_monitors import CountsPart, FindingPart
from trial.protocol_neurology import NeurologyPart
from trial.signals.neuro_course import STATES

EXAMINATION = "ISNCSCI"
"""The test that a neurological finding is shown under."""
LOST = (
    ("motor", -1, "motor points"), ("upper", -1, "points of the arms"), ("sensory", -1, "sensory points"), ("ais_steps", -1, "AIS steps"),
    ("levels_lost", 1, "motor levels"), ("risen", 1, "segments towards the head"),
)  # fmt: skip
"""Columns of NEURO_EXAMS, the sign of a loss in them, and its unit."""

Hits = Mapping[int, tuple[Hit, ...]]


def result_hits(
    counts: CountsPart, session: Session, as_of: AsOf, study_id: int, *, version: Version = "5.0", neurology: NeurologyPart | None = None
) -> Hits:
    """Return every laboratory result and every finding after the first dose that ``counts`` asks for, by the id of the subject.

    Grades by value are of CTCAE ``version``; neurological states are judged by the limits ``neurology``, else by the proposed ones.
    """
    measured = measured_hits(counts, session, as_of, study_id, version=version)
    if counts.finding is None:
        return measured
    read = _read_words if counts.finding.neurology is None else _read_neurology
    found: dict[int, tuple[Hit, ...]] = dict(measured)
    for subject_id, hit in read(counts.finding, session, as_of, study_id, neurology):
        if counts.within_days is None or hit.day <= counts.within_days:
            found[subject_id] = (*found.get(subject_id, ()), hit)
    return found


def _read_neurology(
    part: FindingPart, session: Session, as_of: AsOf, study_id: int, limits: NeurologyPart | None
) -> Iterator[tuple[int, Hit]]:
    """Examinations whose state is the declared one or worse."""
    subject = known(Subject, as_of, study_id)
    ids = {row.code: row.id for row in session.connection().execute(select(subject.c.code, subject.c.id)).all()}
    least = STATES.index("RED" if part.neurology == "red" else "AMBER")
    exams = neuro_exams(session, as_of, study_id, neurology=limits)
    for exam in exams[exams["state"].map(STATES.index) >= least].itertuples(index=False):
        cohort = None if pd.isna(exam.cohort) else int(exam.cohort)
        yield ids[exam.subject], Hit(exam.subject, cohort, int(exam.day), EXAMINATION, _say_exam(exam), None)


def _say_exam(exam: Any) -> str:
    """The state, and what was lost since the baseline."""
    lost = ((sign * getattr(exam, column), unit) for column, sign, unit in LOST if pd.notna(getattr(exam, column)))
    words = ", ".join(f"{number:g} {unit}" for number, unit in lost if number > 0)
    return f"{exam.state}: lost {words}"


def _read_words(part: FindingPart, session: Session, as_of: AsOf, study_id: int, _: NeurologyPart | None) -> Iterator[tuple[int, Hit]]:
    """Results of the declared tests whose text holds one of the words."""
    rows = dated_results(as_of, study_id, tests=[test.upper() for test in part.tests])
    result = settled_results(rows, rows.c.result_text.is_not(None))
    subject, cohort = known(Subject, as_of, study_id), known(Cohort, as_of, study_id)
    statement = (
        select(result.c.subject_id, subject.c.code, cohort.c.number, result.c.day, result.c.test, result.c.result_text)
        .select_from(result)
        .join(subject, subject.c.id == result.c.subject_id)
        .join(cohort, cohort.c.id == subject.c.actual_cohort_id, isouter=True)
        .where(result.c.result_text.is_not(None), result.c.after)
        .order_by(result.c.measured_on, result.c.id)
    )
    words = [word.casefold() for word in part.words]
    for subject_id, code, number, on, test, text in session.connection().execute(statement).all():
        if _holds(text, words):
            yield subject_id, Hit(code, number, on, test, text, None)


def _holds(text: str, words: Iterable[str]) -> bool:
    folded = text.casefold()
    return any(word in folded for word in words)
