"""Target dates of reports: zones, leap years, the end of a year, and the two readings of FDA's clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from trial.clocks.reporting import Case, compute_awareness, compute_dsur, compute_due_dates

SHANGHAI, NEW_YORK = "Asia/Shanghai", "America/New_York"


def case(received, *, urgent=True, determined=None, **judged):
    flags = {"serious": True, "related": True, "unexpected": True} | judged
    return Case(received, **flags, fatal_or_life_threatening=urgent, determined=determined)


def test_seven_days_and_fifteen_from_the_local_day_of_receipt():
    evening = datetime(2026, 3, 1, 20, 30, tzinfo=ZoneInfo(NEW_YORK))
    due = compute_due_dates(case(evening), SHANGHAI)
    assert (due.day_0, due.initial, due.complete) == (date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 17))
    assert compute_due_dates(case(evening), NEW_YORK).initial == date(2026, 3, 8)
    assert compute_due_dates(case(evening, urgent=False), SHANGHAI).complete is None
    assert compute_due_dates(case(datetime(2028, 2, 25, 2, tzinfo=UTC)), SHANGHAI).initial == date(2028, 3, 3)


def test_the_target_is_the_earlier_reading():
    received = datetime(2026, 3, 2, 1, tzinfo=UTC)
    due = compute_due_dates(case(received, urgent=False, determined=received + timedelta(days=3)), SHANGHAI)
    assert (due.fda, due.fda_by_text) == (date(2026, 3, 17), date(2026, 3, 20))


@pytest.mark.parametrize("judged", [{"serious": False}, {"related": False}, {"unexpected": False}])
def test_only_unexpected_serious_reactions_are_expedited(judged):
    assert compute_due_dates(case(datetime(2026, 3, 2, tzinfo=UTC), **judged), SHANGHAI) is None


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError):
        compute_due_dates(case(datetime(2026, 3, 2)), SHANGHAI)


def test_twenty_four_hours_are_elapsed_hours():
    """Clocks go forward on 8 March 2026 in New York: the same clock time a day later is 23 hours on."""
    aware = datetime(2026, 3, 7, 20, tzinfo=ZoneInfo(NEW_YORK))
    found = compute_awareness(aware, datetime(2026, 3, 8, 20, 30, tzinfo=ZoneInfo(NEW_YORK)))
    assert (found.hours, found.late, found.due.hour) == (23.5, False, 21)
    assert compute_awareness(aware, aware + timedelta(days=3)).late


def test_dsur_periods_end_the_day_before_the_anniversary():
    assert compute_dsur(date(2024, 2, 29), 1).data_lock_point == date(2025, 2, 28)
    assert compute_dsur(date(2024, 2, 29), 4).data_lock_point == date(2028, 2, 28)
    assert compute_dsur(date(2025, 5, 26), 1).due == date(2026, 7, 24)
    with pytest.raises(ValueError):
        compute_dsur(date(2025, 5, 26), 0)
