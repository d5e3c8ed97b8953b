"""Reviews and comments of a subject: who said what, when, and whether the event has been corrected since."""

from datetime import timedelta

from db.commands.comment import CommentEntry, comment
from db.commands.correct_row import Correction, correct_row
from db.commands.record_decision import DecisionEntry, record_decision
from db.commands.record_event import EventEntry, record_event
from db.commands.review_event import ReviewEntry, review_event
from db.engine import reading
from db.models import AdverseEvent, CommitteeDecision, DoseLevel, Review
from db.queries.entry import entry_values
from db.queries.event_listing import EventFilter, event_listing, event_tally
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


def listed(engine, day, **filters):
    """Event, reviews of the version that stands, comments, of what passes the filters; and what the tally counts."""
    as_of, narrowed = AsOf(day, "Asia/Shanghai", history=True), EventFilter(**filters)
    with reading(engine) as session:
        table = event_listing(session, as_of, STUDY, filters=narrowed)
        tally = event_tally(session, as_of, STUDY, filters=narrowed)
    assert int(tally["events"].iloc[0]) == len(table)
    return [tuple(row) for row in table[["event", "reviews", "comments"]].itertuples(index=False)]


def test_the_listing_says_which_events_were_looked_at_as_they_stand(record):
    build_entry_trial(record)
    dose(record)
    for verbatim in ("headache", "itch"):
        record_event(record, who("record event"), STUDY, EventEntry("01-001", verbatim, "2026-03-03", grade=1))
    first = next(row for row in rows(record, AdverseEvent) if row["verbatim"] == "headache")
    at = {number: NOW + timedelta(days=number) for number in range(1, 4)}
    for place in (1, 2):
        reviewer = who("review event", at=at[place], name=f"Officer {place}")
        review_event(record, reviewer, STUDY, ReviewEntry(first["id"], first["known_from"]))
    comment(record, who("comment", at=at[2]), STUDY, CommentEntry("01-001", "asked", event="AE-0001"))
    correction = Correction("adverse_event", first["id"], first["known_from"], {"grade": 2}, "source")
    correct_row(record, who("correct", at=at[3]), STUDY, correction)
    assert listed(record, NOW.date()) == [("AE-0002", 0, 0), ("AE-0001", 0, 0)]
    assert listed(record, at[2].date()) == [("AE-0002", 0, 0), ("AE-0001", 2, 1)]
    assert listed(record, at[2].date(), unreviewed=True) == [("AE-0002", 0, 0)]
    assert listed(record, at[3].date(), unreviewed=True) == [("AE-0002", 0, 0), ("AE-0001", 0, 1)], "corrected since it was looked at"


def test_a_row_to_be_voided_says_what_its_keys_point_to(record):
    build_entry_trial(record)
    dose(record)
    record_event(record, who("record event"), STUDY, EventEntry("01-001", "headache", "2026-03-03", grade=1))
    [event] = rows(record, AdverseEvent)
    review_event(record, who("review event"), STUDY, ReviewEntry(event["id"], event["known_from"], "agreed"))
    record_decision(record, who("record decision"), STUDY, DecisionEntry("2026-05-01T10:00+08:00", None, "stay", 1, "no DLT so far"))
    seen = {}
    for table, model in (("review", Review), ("committee_decision", CommitteeDecision)):
        with reading(record) as session:
            as_of, [row] = AsOf(NOW.date(), "Asia/Shanghai"), rows(record, model)
            seen[table] = entry_values(session, as_of, STUDY, table=table, row=row["id"]).set_index("name")["value"]
    assert seen["review"]["event"] == "headache"
    assert seen["committee_decision"]["next_level"] == rows(record, DoseLevel)[0]["label"]
    assert seen["committee_decision"].isna()["dose_level"]
    assert not [name for values in seen.values() for name in values.index if name == "id" or name.endswith("_id")]
