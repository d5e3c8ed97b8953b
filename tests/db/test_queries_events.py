"""Counts and listing of adverse events, against tests/db/safety_trial.py counted by hand."""

from datetime import date

import pytest

from db.queries.event_listing import EventFilter, event_listing, event_tally
from db.queries.events import MEASURES, event_overview, event_terms, term_subjects
from tests.db import safety_trial
from tests.db.safety_trial import AESI, CUT, read
from tests.db.story_trial import build_empty
from trial.asof import AsOf
from trial.tables import EVENT_LISTING, EVENT_OVERVIEW, EVENT_TALLY, EVENT_TERMS, TERM_SUBJECTS


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return safety_trial.build(tmp_path_factory.mktemp("events"))


@pytest.fixture(params=[True, False], ids=["with history", "without"])
def cut(request):
    return AsOf(CUT.day, CUT.time_zone, history=request.param)


def test_overview_counts_subjects_and_events_by_cohort(engine, cut):
    table = read(engine, event_overview, cut, aesi=AESI)
    EVENT_OVERVIEW.check(table)
    found = {(row.measure, row.cohort): (row.dosed, row.subjects, row.events) for row in table.itertuples()}
    assert {name: found[name, 1] for name in MEASURES} == {
        "any": (3, 3, 6),
        "emergent": (3, 3, 5),
        "related": (3, 2, 3),
        "related_product": (3, 1, 1),
        "related_procedure": (3, 2, 2),
        "related_concomitant": (3, 0, 0),
        "related_underlying": (3, 0, 0),
        "severe": (3, 2, 2),
        "serious": (3, 2, 2),
        "criterion": (3, 2, 2),
        "limiting": (3, 1, 1),
        "special": (3, 1, 1),
        "fatal": (3, 1, 1),
    }
    assert found["any", 2] == (1, 1, 2) and found["severe", 2] == (1, 1, 1) and found["special", 2] == (1, 1, 1)


def test_days_at_risk_end_with_the_exit_and_with_the_first_event(engine, cut):
    table = read(engine, event_overview, cut, aesi=AESI).set_index(["measure", "cohort"])
    assert table.loc[("any", 1), "days"] == 59 + 6 + 22
    assert table.loc[("any", 2), "days"] == 31
    assert table.loc[("severe", 1), "days_to_first"] == 5 + 5 + 22
    assert table.loc[("emergent", 2), "days_to_first"] == 5
    assert table.loc[("severe", 2), "days_to_first"] == 31  # the onset is unknown


def test_overview_by_planned_arms(engine):
    table = read(engine, event_overview, arms="planned").set_index(["measure", "cohort"])
    assert table.loc[("any", 1), "dosed"] == 2 and table.loc[("any", 2), "dosed"] == 2


def test_overview_of_an_earlier_day_knows_less(engine):
    table = read(engine, event_overview, AsOf(date(2026, 2, 8))).set_index(["measure", "cohort"])
    assert table.loc[("any", 1), ["dosed", "subjects", "events"]].tolist() == [1, 1, 1]
    assert table.loc[("severe", 1), "subjects"] == 0  # grade 3 became known on 9 February


def test_terms_count_subjects_by_their_worst(engine, cut):
    table = read(engine, event_terms, cut)
    EVENT_TERMS.check(table)
    terms = table[table["term"].notna()].set_index(["term", "cohort"])
    assert terms.loc[("Headache", 1), ["subjects", "events", "serious", "grade_1", "grade_3"]].tolist() == [1, 2, 1, 0, 1]
    assert terms.loc[("Rash", 2), ["subjects", "severe", "unstated"]].tolist() == [1, 1, 0]
    assert ("Pain", 1) not in terms.index and "Cough" not in set(table["term"])
    nervous = table[table["term"].isna() & (table["category"] == "Nervous system") & (table["cohort"] == 1)].iloc[0]
    assert nervous[["subjects", "events", "grade_2", "grade_3", "mild"]].tolist() == [3, 4, 1, 1, 1]


def test_terms_of_all_events_and_of_one_cause(engine):
    assert "Pain" in set(read(engine, event_terms, emergent=False)["term"])
    assert set(read(engine, event_terms, head="procedure")["term"].dropna()) == {"Headache", "CSF leak"}


def test_who_had_a_term(engine, cut):
    table = read(engine, term_subjects, cut, terms=("Headache", "Rash"))
    TERM_SUBJECTS.check(table)
    assert table[["term", "subject", "events", "serious"]].values.tolist() == [["Headache", "A1", 2, True], ["Rash", "B1", 1, False]]
    assert table.loc[0, "grade"] == 3 and table.loc[1, "severity"] == "severe"


def test_listing_is_newest_first_with_study_days(engine, cut):
    table = read(engine, event_listing, cut)
    EVENT_LISTING.check(table)
    assert table["event"].tolist() == ["E7", "E9", "E5", "E4", "E2", "E8", "E1", "E3", "E6"]
    days = dict(zip(table["event"], table["study_day"].astype(object), strict=True))
    assert (days["E1"], days["E3"], days["E9"]) == (1, -12, 5)
    emergent = set(table.loc[table["emergent"], "event"])
    assert emergent == {"E1", "E2", "E4", "E5", "E6", "E7", "E9"}


@pytest.mark.parametrize(
    ("filters", "events"),
    [
        ({"cohort": 2}, {"E6", "E9"}),
        ({"search": "csf"}, {"E4", "E9"}),
        ({"search": "nervous"}, {"E1", "E2", "E3", "E4", "E7", "E8", "E9"}),
        ({"search": "%"}, set()),
        ({"category": "Skin"}, {"E6"}),
        ({"term": "Headache"}, {"E1", "E2"}),
        ({"minimum": "2"}, {"E2", "E4", "E5"}),
        ({"minimum": "moderate"}, {"E6"}),
        ({"serious": True}, {"E2", "E5"}),
        ({"fatal": True}, {"E5"}),
        ({"limiting": True}, {"E2"}),
        ({"special": True}, set()),
        ({"special": True, "aesi": AESI}, {"E4", "E9"}),
        ({"special": True, "aesi": AESI, "cohort": 2}, {"E9"}),
        ({"emergent": True, "head": "procedure"}, {"E1", "E4"}),
        ({"head": "product"}, {"E2"}),
        ({"first_on": date(2026, 2, 5), "last_on": date(2026, 2, 14)}, {"E2", "E4", "E5"}),
    ],
)
def test_filters_narrow_in_sql(engine, filters, events):
    asked = EventFilter(**filters)
    assert set(read(engine, event_listing, filters=asked)["event"]) == events
    tally = read(engine, event_tally, filters=asked)
    EVENT_TALLY.check(tally)
    assert tally.loc[0, "events"] == len(events)


def test_pages_do_not_overlap(engine):
    pages = [event for offset in (0, 4, 8) for event in read(engine, event_listing, offset=offset, limit=4)["event"]]
    assert pages == read(engine, event_listing)["event"].tolist()


def test_a_study_without_anything(tmp_path):
    engine = build_empty(tmp_path)
    EVENT_OVERVIEW.check(read(engine, event_overview))
    EVENT_TERMS.check(read(engine, event_terms))
    TERM_SUBJECTS.check(read(engine, term_subjects, terms=()))
    EVENT_LISTING.check(read(engine, event_listing))
    assert read(engine, event_tally).loc[0].tolist() == [0, 0]
