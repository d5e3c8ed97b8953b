"""Collected dates: what a text can mean, and the analysis dates made from it."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.dates import compute_end_day, compute_start_day, read_collected_date


@pytest.mark.parametrize(
    ("text", "precision", "first", "last"),
    [
        ("2014-02-28", "day", date(2014, 2, 28), date(2014, 2, 28)),
        ("2014-02-28T14:45", "minute", date(2014, 2, 28), date(2014, 2, 28)),
        ("2014-02-28 14:45:10.5", "minute", date(2014, 2, 28), date(2014, 2, 28)),
        ("2014-02-28T14", "day", date(2014, 2, 28), date(2014, 2, 28)),
        ("2014-02-28T-:45", "day", date(2014, 2, 28), date(2014, 2, 28)),
        ("2014-02", "month", date(2014, 2, 1), date(2014, 2, 28)),
        ("2012-02", "month", date(2012, 2, 1), date(2012, 2, 29)),
        ("2014-12", "month", date(2014, 12, 1), date(2014, 12, 31)),
        ("2014", "year", date(2014, 1, 1), date(2014, 12, 31)),
        ("2014---15", "year", date(2014, 1, 15), date(2014, 12, 15)),
        ("--12-15", "unknown", None, None),
        ("-----T07:15", "unknown", None, None),
    ],
)
def test_a_text_means_a_range_of_days(text, precision, first, last):
    found = read_collected_date(text)
    assert (found.text, found.precision, found.first, found.last) == (text, precision, first, last)
    assert found.day == (first if precision in ("day", "minute") else None)


@pytest.mark.parametrize(
    "text",
    ["2013-02-30", "2013-13", "2013-00-10", "0000", "2014-01-02T25:00", "--02-30", "15JAN2014", "01/15/2014", "20140115", "NA", "2014-1-5"],
)
def test_what_is_no_date_is_refused_by_its_text(text):
    with pytest.raises(ValueError, match=text.replace("/", ".")):
        read_collected_date(text)


def test_instants_are_utc_and_honour_an_offset():
    assert read_collected_date("2014-02-28T14:45").instant("Asia/Shanghai") == datetime(2014, 2, 28, 6, 45, tzinfo=UTC)
    assert read_collected_date("2014-02-28T14:45+01:00").instant("Asia/Shanghai") == datetime(2014, 2, 28, 13, 45, tzinfo=UTC)
    assert read_collected_date("2014-02-28T14:45Z").instant("Asia/Shanghai") == datetime(2014, 2, 28, 14, 45, tzinfo=UTC)
    assert read_collected_date("2014-02-28T14:45-0530").instant("UTC") == datetime(2014, 2, 28, 20, 15, tzinfo=UTC)
    assert read_collected_date("2014-02-28").instant("UTC") is None


@pytest.mark.parametrize(
    ("text", "first_dose", "expected"),
    [
        ("2019-10", date(2019, 11, 11), (date(2019, 10, 1), "D")),  # admiral vignette: another month than the first dose
        ("2019-11", date(2019, 11, 11), (date(2019, 11, 11), "D")),  # the month of the first dose
        ("2019-12", date(2019, 11, 11), (date(2019, 12, 1), "D")),
        ("2019", date(2019, 11, 11), (date(2019, 11, 11), "M")),
        ("2003", date(2019, 11, 11), (date(2003, 1, 1), "M")),
        ("2019-11", None, (date(2019, 11, 1), "D")),
        ("2019-11-10", date(2019, 11, 11), (date(2019, 11, 10), None)),
        ("--11-10", date(2019, 11, 11), (None, None)),
    ],
)
def test_starts_are_filled_in_conservatively(text, first_dose, expected):
    assert compute_start_day(read_collected_date(text), first_dose) == expected


def test_ends_are_the_last_possible_day_but_not_after_the_limit():
    assert compute_end_day(read_collected_date("2019-11"), None) == (date(2019, 11, 30), "D")
    assert compute_end_day(read_collected_date("2019-11"), date(2019, 11, 20)) == (date(2019, 11, 20), "D")
    assert compute_end_day(read_collected_date("2019-11"), date(2019, 10, 20)) == (date(2019, 11, 1), "D")
    assert compute_end_day(read_collected_date("2019"), date(2030, 1, 1)) == (date(2019, 12, 31), "M")
    assert compute_end_day(read_collected_date("2019-11-21"), date(2019, 11, 20)) == (date(2019, 11, 21), None)


@given(st.dates(min_value=date(1900, 1, 1)), st.sampled_from([4, 7, 10]), st.dates(min_value=date(1900, 1, 1)))
def test_the_true_day_lies_in_the_range_and_so_does_every_analysis_date(day, length, other):
    found = read_collected_date(day.isoformat()[:length])
    assert found.first <= day <= found.last
    for analysis, flag in (compute_start_day(found, other), compute_end_day(found, other)):
        assert found.first <= analysis <= found.last
        assert (flag is None) == (length == 10)
