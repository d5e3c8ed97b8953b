"""Clocks of serious events, worked by hand: when they start, start anew, end, and how far their targets are from the cut-off."""

from datetime import UTC, date, datetime

import pytest

from trial.clocks.susar import compute_reporting_clocks, count_near, list_heads
from trial.tables.reporting import SERIOUS_VERSIONS

ZONE = "Asia/Shanghai"
BOTH = ("product", "procedure")
SUSAR = {"serious": True, "hospitalisation": True, "investigator_product": "possible", "expectedness": "unexpected"}
NOTHING = dict.fromkeys(SERIOUS_VERSIONS.names)


def at(day, hour=1, month=3):
    """An instant of March 2026 (UTC); in Shanghai it is eight hours later on the clock."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


def said(known_from, *, event="AE-1", **facts):
    """One version of a serious event."""
    values = {**NOTHING, "subject": "01-001", "event": event, "term": "Sepsis", "serious": True, "fatal": False, **facts}
    return tuple({**values, "known_from": known_from}[name] for name in SERIOUS_VERSIONS.names)


def clocks(day, *versions, heads=BOTH):
    return compute_reporting_clocks(SERIOUS_VERSIONS.frame(versions), heads, ZONE, date(2026, 3, day))


def one(day, *versions, heads=BOTH):
    [row] = clocks(day, *versions, heads=heads).itertuples(index=False)
    return row


def days(*values):
    return [value.date().day if value == value else None for value in values]


def test_another_susar_has_fifteen_days_from_the_local_day_of_receipt():
    row = one(10, said(at(1, 20), **SUSAR))  # 2 March 04:00 in Shanghai
    assert (row.clock, row.standing, row.days_left, row.kept) == ("15 days", "ahead", 7, False)
    assert days(row.day_0, row.initial_by, row.complete_by, row.fda_by_text, row.target) == [2, 17, None, 17, 17]
    assert row.causes == "product: investigator"
    assert row.criteria == "hospitalisation"


def test_a_fatal_or_life_threatening_one_has_seven_and_eight_more():
    for gravity in ({"fatal": True}, {"life_threatening": True}, {"results_in_death": True}):
        row = one(9, said(at(2), **SUSAR, **gravity))
        assert (row.clock, row.days_left, *days(row.initial_by, row.complete_by, row.target)) == ("7 days", 0, 9, 17, 9)


def test_between_its_two_targets_the_complete_report_is_ahead_and_after_both_it_has_passed():
    assert (one(10, said(at(2), **SUSAR, fatal=True)).standing, one(10, said(at(2), **SUSAR, fatal=True)).days_left) == ("ahead", 7)
    row = one(18, said(at(2), **SUSAR, fatal=True))
    assert (row.standing, row.days_left, *days(row.target)) == ("passed", -1, 17)


@pytest.mark.parametrize(
    "facts",
    [
        {**SUSAR, "expectedness": "expected"},
        {**SUSAR, "investigator_product": "unlikely"},
        {**SUSAR, "investigator_product": "unrelated", "sponsor_procedure": "unlikely"},
    ],
)
def test_what_is_expected_or_not_suspected_has_no_clock(facts):
    row = one(10, said(at(2), **facts))
    assert (row.clock, row.standing) == ("none", "none")
    assert days(row.day_0, row.target) == [None, None]


def test_either_judge_suffices_and_the_procedure_counts_where_it_is_declared():
    facts = {**SUSAR, "investigator_product": "unrelated", "investigator_procedure": "unlikely", "sponsor_procedure": "definite"}
    assert one(10, said(at(2), **facts)).clock == "15 days"
    assert one(10, said(at(2), **facts), heads=("product",)).clock == "none"
    assert list(list_heads(["product", "underlying"])) == ["product"]
    assert list(list_heads(["procedure"])) == ["product", "procedure"]


def test_what_is_not_judged_counts_until_it_is():
    row = one(10, said(at(2), **{**SUSAR, "expectedness": None}))
    assert (row.clock, row.expectedness, *days(row.fda_by_text)) == ("15 days", "not judged", None)
    row = one(10, said(at(2), expectedness="unexpected"))
    assert (row.clock, row.suspected) == ("15 days", "not judged")
    later = said(at(4), **{**SUSAR, "expectedness": "expected"})
    assert one(10, said(at(2), **{**SUSAR, "expectedness": None}), later).clock == "none"


def test_a_judgement_given_later_counts_from_the_receipt_and_fda_by_its_text_from_the_judgement():
    row = one(10, said(at(2), **{**SUSAR, "expectedness": None}), said(at(5), **SUSAR))
    assert days(row.day_0, row.initial_by, row.fda_by_text) == [2, 17, 20]


def test_a_changed_judgement_counts_from_its_change():
    row = one(10, said(at(2), **{**SUSAR, "investigator_product": "unrelated"}), said(at(6), **SUSAR))
    assert days(row.day_0, row.initial_by, row.fda_by_text) == [6, 21, 21]


def test_an_upgrade_begins_a_clock_of_seven_days_and_keeps_the_old_one():
    new, old = clocks(10, said(at(2), **SUSAR), said(at(6), **SUSAR, life_threatening=True)).itertuples(index=False)
    assert (new.clock, new.kept, *days(new.day_0, new.initial_by, new.complete_by)) == ("7 days", False, 6, 13, 21)
    assert (old.clock, old.kept, *days(old.day_0, old.initial_by, old.complete_by)) == ("15 days", True, 2, 17, None)


def test_a_case_that_is_less_grave_later_keeps_its_seven_days():
    row = one(10, said(at(2), **SUSAR, life_threatening=True), said(at(4), **SUSAR, life_threatening=False))
    assert (row.clock, *days(row.day_0)) == ("7 days", 2)


def test_a_case_that_no_longer_qualifies_ends_its_clock_and_one_that_does_again_starts_anew():
    first, second = said(at(2), **SUSAR), said(at(4), **{**SUSAR, "expectedness": "expected"})
    row = one(10, first, second)
    assert (row.standing, row.clock, *days(row.day_0, row.ended_on)) == ("ended", "15 days", 2, 4)
    assert count_near(clocks(10, first, second), date(2026, 3, 10)) == (0, 0)
    running, ended = clocks(10, first, second, said(at(8), **SUSAR)).itertuples(index=False)
    assert (running.standing, ended.standing, *days(running.day_0, ended.day_0)) == ("ahead", "ended", 8, 2)


def test_an_event_that_becomes_serious_is_received_as_such_then():
    row = one(10, said(at(2), **{**SUSAR, "serious": False}, aware_at=at(1)), said(at(5), **SUSAR, aware_at=at(1)))
    assert (row.prompt, *days(row.day_0, row.serious_from, row.recorded_at)) == ("serious later", 5, 5, 2)


@pytest.mark.parametrize(
    ("aware", "prompt", "hours"),
    [
        (at(2, 1), "met", 24.0),
        (at(2, 0), "late", 25.0),
        (None, "not recorded", None),
        (at(3, 1), "at entry", None),
        (at(3, 2), "before awareness", None),
    ],
)
def test_the_sites_report_is_held_to_twenty_four_hours(aware, prompt, hours):
    row = one(10, said(at(3, 1), **SUSAR, aware_at=aware))
    assert (row.prompt, row.hours if row.hours == row.hours else None) == (prompt, hours)


def test_near_targets_stand_first_then_those_longer_past_then_what_has_no_clock():
    rows = clocks(
        28,
        said(at(1), event="A", **SUSAR),  # due on the 16th, long past
        said(at(8), event="B", **SUSAR),  # due on the 23rd, passed within the week
        said(at(20), event="C", **SUSAR),  # due on 4 April
        said(at(5), event="D", **SUSAR),  # due on the 20th: eight days past
        said(at(2), event="E", expectedness="expected"),
        said(at(2), event="F", expectedness="expected", aware_at=at(1, 0)),  # late
        said(at(21), event="G", **SUSAR, fatal=True),  # due on the 28th, complete on 5 April
    )
    assert list(rows["event"]) == ["B", "G", "C", "D", "A", "F", "E"]
    assert count_near(rows, date(2026, 3, 28)) == (2, 1)  # G's initial one and C; B


def test_without_serious_events_there_is_no_clock():
    assert clocks(10).empty
