"""How long a signed-in session lasts: a rule of times given, which no clock and no screen is needed to test."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=12)
SKEW = timedelta(minutes=2)
"""How far the clock of an identity provider may be ahead of ours."""

Ending = Literal["idle", "too long", "ended", "too early"]
"""Why a session does not go on: nothing done for too long, begun too long ago, ended before, issued in the future."""


@dataclass(frozen=True)
class SessionLimits:
    """The longest pause between two acts, and the longest session."""

    idle: timedelta = IDLE
    absolute: timedelta = ABSOLUTE


def shorten_limits(idle_seconds: str | None, absolute_seconds: str | None) -> SessionLimits:
    """Return the limits with those seconds (as text) that shorten them; what is longer, not positive or no number changes nothing."""
    return SessionLimits(_shorter(IDLE, idle_seconds), _shorter(ABSOLUTE, absolute_seconds))


def _shorter(limit: timedelta, seconds: str | None) -> timedelta:
    wanted = timedelta(seconds=int(seconds)) if seconds and seconds.isascii() and seconds.isdigit() and len(seconds) < 9 else limit
    return min(limit, wanted) if wanted > timedelta() else limit


def decide_session(
    now: datetime,
    *,
    issued_at: datetime,
    authenticated_at: datetime | None = None,
    last_seen: datetime | None = None,
    ended: bool = False,
    limits: SessionLimits | None = None,
) -> Ending | None:
    """Return why a session must end at ``now``; None when it goes on.

    ``issued_at`` and ``authenticated_at`` are the provider's iat and auth_time; the longest session counts from the older one.
    ``last_seen`` is the last act that this server saw; a session it never saw (after a restart, say) was last seen when it was
    issued. ``ended``: it was signed out, or ended before.
    """
    bounds = limits or SessionLimits()
    begun = min(issued_at, authenticated_at or issued_at)
    if ended:
        return "ended"
    if issued_at > now + SKEW:
        return "too early"
    if now - begun >= bounds.absolute:
        return "too long"
    return "idle" if now - max(last_seen or issued_at, issued_at) >= bounds.idle else None
