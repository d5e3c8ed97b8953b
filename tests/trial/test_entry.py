"""What may stand in a field of a form, and which rules of an entry a correction answers for."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.contracts.queries import example_protocol
from trial.entry.correctable import CORRECTABLE, TABLE_NAMES, VOIDABLE, label_of
from trial.entry.dose import check_dose, check_procedure, derive_ending, derive_start
from trial.entry.event import EventFacts, check_event, derive_end, derive_onset, derive_term, find_aesi, is_candidate
from trial.entry.field import Field, read_fields, read_value
from trial.entry.rule import faults_of
from trial.entry.subject import check_subject
from trial.protocol import parse_protocol
from trial.sentence import Sentence

LABEL = Sentence("Field")
PROTOCOL = parse_protocol(
    """
    aesi = [{ code = "F", label = "Fever", terms = ["Fever"] }]
    [study]
    code = "T"
    title = "T"
    product = "P"
    indication = "I"
    time_zone = "Asia/Shanghai"
    [version]
    number = "1"
    effective = 2026-01-01
    reason = "first"
    """
)
FACTS = EventFacts(datetime(2026, 5, 4, 9, 30, tzinfo=UTC), "Asia/Shanghai", PROTOCOL, "5.0", date(2026, 3, 10), date(2026, 3, 10))


def field(kind, **more):
    """A field of a kind."""
    return Field("name", LABEL, kind, **more)


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        ("text", "  a  ", "a"),
        ("text", " ", None),
        ("long text", "a\nb", "a\nb"),
        ("day", "2026-03-01", date(2026, 3, 1)),
        ("day", date(2026, 3, 1), date(2026, 3, 1)),
        ("collected date", " 2026-03 ", "2026-03"),
        ("collected date", "-", "-"),
        ("moment", "2026-03-01T14:30", datetime(2026, 3, 1, 6, 30, tzinfo=UTC)),
        ("moment", "2026-03-01T14:30-05:00", datetime(2026, 3, 1, 19, 30, tzinfo=UTC)),
        ("flag", False, False),
        ("number", "9.8e6", 9.8e6),
        ("whole number", "42", 42),
        ("number", None, None),
    ],
)
def test_a_value_is_read_as_the_record_holds_it(kind, given, value):
    assert read_value(field(kind, low=0, high=1e9), given, "Asia/Shanghai") == value


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("text", 1),
        ("text", "a\x00"),
        ("text", "\ud800"),
        ("text", "a" * 201),
        ("long text", "a" * 4001),
        ("day", "2026-02-30"),
        ("day", "2026-03"),
        ("day", datetime(2026, 3, 1)),
        ("collected date", "yesterday"),
        ("collected date", "2026-02-30"),
        ("moment", "2026-03-01"),
        ("choice", "c"),
        ("choice", True),
        ("flag", "yes"),
        ("flag", 1),
        ("number", "nan"),
        ("number", "inf"),
        ("number", "1e300"),
        ("number", True),
        ("whole number", "1.5"),
        ("whole number", -1),
    ],
)
def test_a_value_that_cannot_be_is_refused_without_repeating_it(kind, given):
    values, [fault] = read_fields([field(kind, words=("a", 1), low=0, high=100)], {"name": given}, "Asia/Shanghai")
    assert values == {}
    assert fault.where == "Field"
    assert fault.what.template


def test_an_empty_required_field_is_missing_and_one_not_given_is_left_alone():
    asked = field("text", required=True)
    assert [fault.what for fault in read_fields([asked], {"name": "  "}, "UTC")[1]] == ["is missing"]
    assert read_fields([asked], {}, "UTC") == ({}, [])


def test_a_choice_of_numbers_is_no_choice_of_flags():
    assert read_value(field("choice", words=(1, 2)), 1, "UTC") == 1
    with pytest.raises(ValueError, match="none of the words"):
        read_value(field("choice", words=(1, 2)), True, "UTC")


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        ({"onset_text": "2026-05-05"}, {"Onset: lies in the future"}),
        ({"onset_text": "2026-05-04T18:00"}, {"Onset: lies in the future"}),
        ({"onset_text": "2026-06"}, {"Onset: lies in the future"}),
        ({"end_text": "2026-03-12"}, {"End: lies before the onset"}),
        ({"onset_text": "2026-03-13T10:00", "end_text": "2026-03-13T09:00"}, {"End: lies before the onset"}),
        ({"end_text": "2026-02"}, {"End: lies before the onset"}),
        ({"end_text": "2027"}, {"End: lies in the future"}),
        ({"aware_at": datetime(2026, 3, 1, 9, tzinfo=UTC)}, {"The site learned of it: lies before the onset"}),
        ({"grade": 5}, {"CTCAE grade 5: and a fatal outcome go together, and only one of them is given"}),
        ({"results_in_death": True}, {"results in death: and a fatal outcome go together, and only one of them is given"}),
        ({"grade": 5, "outcome": "fatal", "results_in_death": True}, {"End: of a fatal event is the day of death"}),
        ({"outcome": "recovered", "ongoing": True}, {"Outcome: says that the event is over, yet it goes on"}),
        ({"serious": False, "disability": True}, {"Serious: is no, yet a criterion is met"}),
    ],
)
def test_what_contradicts_itself_is_a_fault(values, faults):
    entry = {"verbatim": "headache", "onset_text": "2026-03-13", "grade": 1, "aware_at": FACTS.entered_at, **values}
    assert {f"{fault.where}: {fault.what}" for fault in faults_of(check_event(entry, FACTS))} == faults


@pytest.mark.parametrize(
    ("values", "dlt"),
    [
        ({"grade": 3, "investigator_product": "possible"}, True),
        ({"grade": 3}, True),
        ({"grade": 3, "investigator_product": "unlikely", "sponsor_procedure": "probable"}, True),
        ({"grade": 3, "investigator_product": "unlikely", "sponsor_procedure": "unrelated"}, False),
        ({"grade": 3, "investigator_product": "unlikely"}, True),
        ({"grade": 3, "investigator_product": "unlikely", "source_causality": "NONE"}, False),
        ({"grade": 3, "source_causality": "in the sponsor's own words"}, True),
        ({}, True),
        ({"severity": "severe"}, True),
        ({"severity": "moderate"}, False),
        ({"grade": 2, "investigator_product": "definite"}, False),
        ({"grade": 3, "onset_text": "2026-02-28"}, False),
        ({"grade": 3, "onset_text": "2026-03-30"}, True),
        ({"grade": 3, "onset_text": "2026-03-31"}, False),
        ({"grade": 3, "onset_text": "-"}, True),
    ],
)
def test_what_may_be_a_dlt_by_the_rule(values, dlt):
    facts = replace(FACTS, protocol=example_protocol(), first_dose_on=date(2026, 3, 2), last_dose_on=date(2026, 3, 2))
    assert is_candidate({"onset_text": "2026-03-03", **values}, facts) is dlt


def test_a_correction_answers_only_for_what_it_changes():
    odd = {"grade": 5, "severity": None, "onset_text": "2026-03-05", "end_text": "2026-03-01", "outcome": "fatal", "results_in_death": None}
    every = list(check_event(odd, FACTS))
    assert len(faults_of(every)) > 1
    assert not faults_of(every, {"verbatim"})
    assert [fault.where for fault in faults_of(every, {"onset_text"})] == ["End"]


def test_an_onset_before_the_first_dose_keeps_its_day_and_a_month_around_it_moves_to_the_dose():
    assert derive_onset("2026-03-01", FACTS)["onset_date"] == date(2026, 3, 1)
    assert derive_onset("2026-03", FACTS)["onset_date"] == date(2026, 3, 10)
    assert derive_onset(None, FACTS)["onset_precision"] == "unknown"


@pytest.mark.parametrize(
    ("values", "day", "ongoing"),
    [
        ({"end_text": "2026-05"}, date(2026, 5, 4), False),
        ({"end_text": "2026-04"}, date(2026, 4, 30), False),
        ({"outcome": "recovering"}, None, True),
        ({"outcome": "recovered"}, None, False),
        ({}, None, None),
        ({"ongoing": True}, None, True),
    ],
)
def test_an_end_follows_from_text_outcome_and_going_on(values, day, ongoing):
    derived = derive_end(values, FACTS)
    assert (derived["end_date"], derived["ongoing"]) == (day, ongoing)


def test_a_term_is_coded_as_the_record_has_coded_it_before():
    facts = EventFacts(FACTS.entered_at, "UTC", PROTOCOL, "5.0", terms={"Fever": ("General", "CTCAE")})
    coded = derive_term({"verbatim": "hot", "coded_term": "Fever", "category": None}, facts)
    assert coded == {"term_used": "Fever", "category": "General", "dictionary": "CTCAE", "ctcae_version": "5.0", "aesi": "F"}
    own = derive_term({"verbatim": "hot", "coded_term": "Fever", "category": "Other"}, facts)
    assert (own["category"], own["dictionary"], own["ctcae_version"]) == ("Other", "as entered", None)
    bare = derive_term({"verbatim": "hot", "coded_term": None, "category": None}, facts)
    assert (bare["term_used"], bare["category"], bare["dictionary"], bare["aesi"]) == ("hot", "UNCODED", "uncoded", None)
    assert find_aesi("FEVER", PROTOCOL) == "F"


def test_the_steps_of_a_procedure_come_in_order():
    early, late = datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert not list(check_procedure({"anaesthesia_started_at": early, "incision_at": late, "closure_at": None}, FACTS.entered_at))
    assert len(list(check_procedure({"incision_at": late, "closure_at": early}, FACTS.entered_at))) == 1
    assert len(list(check_procedure({"anaesthesia_started_at": late, "closure_at": early}, FACTS.entered_at))) == 1


def test_a_dose_given_at_once_ends_on_its_day():
    start = derive_start("2026-03-01T23:30", "Asia/Shanghai")
    assert (start["first_on"], start["started_at"]) == (date(2026, 3, 1), datetime(2026, 3, 1, 15, 30, tzinfo=UTC))
    assert derive_ending(None, start["first_on"], "Asia/Shanghai", at_once=True)["last_on"] == date(2026, 3, 1)
    assert derive_ending(None, start["first_on"], "Asia/Shanghai", at_once=False)["last_on"] is None
    assert not list(check_dose({"start_text": "2026-03-01T10:00", "end_text": "2026-03-01T10:30"}, FACTS.entered_at, "Asia/Shanghai"))
    assert len(list(check_dose({"start_text": "2026-03-01T10:00", "end_text": "2026-03-01T09:30"}, FACTS.entered_at, "Asia/Shanghai"))) == 1


def test_a_subject_is_dead_with_a_day_or_not_at_all():
    assert [found.fault.where for found in check_subject({"status": "died"}, FACTS.entry_day)] == ["Status"]
    on_study = {"status": "on study", "died_on": date(2026, 4, 1)}
    assert [found.fault.where for found in check_subject(on_study, FACTS.entry_day)] == ["Status"]
    assert not list(check_subject({"status": "died", "died_on": date(2026, 4, 1)}, FACTS.entry_day))


def test_every_table_that_may_be_corrected_or_voided_has_a_name():
    assert set(CORRECTABLE) | set(VOIDABLE) <= set(TABLE_NAMES)
    assert label_of("adverse_event", "grade") == "CTCAE grade"
    assert label_of("adverse_event", "aesi") == "aesi"
