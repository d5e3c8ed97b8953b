"""Reviews and comments of a subject: who said what, when, and whether the event has been corrected since."""

from datetime import timedelta

from db.commands.comment import CommentEntry, comment
from db.commands.correct_row import Correction, correct_row
from db.commands.record_event import EventEntry, record_event
from db.commands.review_event import ReviewEntry, review_event
from db.engine import reading
from db.models import AdverseEvent
from db.queries.subject_opinions import subject_opinions
from tests.db.entry_trial import NOW, STUDY, build_entry_trial, dose, rows, screen, who
from trial.asof import AsOf


def said(engine, day, subject="01-001"):
    with reading(engine) as session:
        return subject_opinions(session, AsOf(day, "Asia/Shanghai", history=True), STUDY, subject=subject)


def test_reviews_and_comments_stand_with_their_subject_and_version(record):
    build_entry_trial(record)
    dose(record)
    screen(record, "01-002")
    record_event(record, who("record event"), STUDY, EventEntry("01-001", "headache", "2026-03-03", grade=1))
    [event] = rows(record, AdverseEvent)
    at = {number: NOW + timedelta(days=number) for number in range(1, 4)}
    review_event(record, who("review event", at=at[1]), STUDY, ReviewEntry(event["id"], event["known_from"], "agreed"))
    comment(record, who("comment", at=at[1], name="Bob"), STUDY, CommentEntry("01-001", "<b>asked</b>"))
    comment(record, who("comment", at=at[2]), STUDY, CommentEntry("01-002", "not dosed yet"))
    correct_row(
        record, who("correct", at=at[3]), STUDY, Correction("adverse_event", event["id"], event["known_from"], {"grade": 2}, "source")
    )
    assert said(record, NOW.date()).empty
    before, after = said(record, at[2].date()), said(record, at[3].date())
    told = [(row.kind, row.person, row.event, row.words) for row in before.itertuples()]
    assert [tuple(None if part != part else part for part in row) for row in told] == [
        ("comment", "Bob", None, "<b>asked</b>"), ("review", "Ann", "AE-0001", "agreed"),
    ]  # fmt: skip
    assert before["of_this_version"].tolist() == [True, True]
    assert after["of_this_version"].tolist() == [True, False]
    assert said(record, at[3].date(), "01-002")["words"].tolist() == ["not dosed yet"]
    assert said(record, at[3].date(), "nobody").empty
