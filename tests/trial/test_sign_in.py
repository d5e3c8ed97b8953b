"""How long a session lasts, at the very second."""

from datetime import UTC, datetime, timedelta

import pytest

from trial.sign_in import ABSOLUTE, IDLE, SessionLimits, decide_session, shorten_limits

BEGUN = datetime(2026, 3, 1, 8, tzinfo=UTC)


def after(**units):
    return BEGUN + timedelta(**units)


def test_the_limits_are_a_quarter_of_an_hour_and_half_a_day():
    assert (timedelta(minutes=15), timedelta(hours=12)) == (IDLE, ABSOLUTE)


@pytest.mark.parametrize(
    ("now", "last_seen", "ending"),
    [
        (after(minutes=14, seconds=59), None, None),
        (after(minutes=15), None, "idle"),
        (after(hours=3), after(hours=2, minutes=45, seconds=1), None),
        (after(hours=3), after(hours=2, minutes=45), "idle"),
        (after(hours=11, minutes=59, seconds=59), after(hours=11, minutes=59), None),
        (after(hours=12), after(hours=11, minutes=59), "too long"),
        (after(minutes=-2), None, None),
        (after(minutes=-2, seconds=-1), None, "too early"),
    ],
)
def test_when_it_ends(now, last_seen, ending):
    assert decide_session(now, issued_at=BEGUN, last_seen=last_seen) == ending


def test_the_longest_session_counts_from_when_the_provider_saw_the_person():
    assert decide_session(after(minutes=1), issued_at=BEGUN, authenticated_at=after(hours=-12)) == "too long"
    assert decide_session(after(minutes=1), issued_at=BEGUN, authenticated_at=after(hours=-11)) is None
    assert decide_session(after(hours=12), issued_at=BEGUN, authenticated_at=after(hours=1), last_seen=after(hours=12)) == "too long"


def test_an_ended_session_stays_ended():
    assert decide_session(BEGUN, issued_at=BEGUN, ended=True) == "ended"


def test_a_session_is_not_seen_before_it_was_issued():
    assert decide_session(after(minutes=1), issued_at=BEGUN, last_seen=after(hours=-1)) is None


def test_limits_are_only_ever_shortened():
    assert shorten_limits("5", "60") == SessionLimits(timedelta(seconds=5), timedelta(seconds=60))
    for text in (None, "", "0", "-5", "1e9", "99999999", "999999999999", "five", "٣"):
        assert shorten_limits(text, text) == SessionLimits()
