"""The signed-in sessions that this server has seen: when each was last active, and which have ended.

Streamlit's identity cookie lives 30 days and is checked by its signature only. What ends a session therefore stands here, on the
server: a copied or an old cookie opens nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from threading import Lock
from typing import Any

from trial.sign_in import ABSOLUTE, Ending, SessionLimits, decide_session

KEY_SIGNS = 16


@dataclass(frozen=True)
class Ticket:
    """What an identity provider says of a signed-in person, as far as the session goes: claims iss, sub, iat, auth_time."""

    issuer: str
    login: str
    issued_at: datetime
    authenticated_at: datetime | None = None

    @property
    def key(self) -> str:
        """The session's name for the audit trail: a hash, from which nobody can be told."""
        return self._hash(self.issued_at.isoformat())

    def refusal_key(self, day: date) -> str:
        """The name, for the audit trail, of all that this person was refused on one day."""
        return self._hash(f"refused {day.isoformat()}")

    def _hash(self, more: str) -> str:
        return sha256("\x1e".join((self.issuer, self.login, more)).encode()).hexdigest()[:KEY_SIGNS]


def read_ticket(claims: Mapping[str, Any], moment: Callable[[float], datetime]) -> Ticket | None:
    """Return the ticket of the claims, whose seconds ``moment`` turns into instants; None when one that is needed is missing."""
    issuer, login, issued = claims.get("iss"), claims.get("sub"), claims.get("iat")
    seen = claims.get("auth_time")
    if not isinstance(issuer, str) or not isinstance(login, str) or not isinstance(issued, int | float) or not (issuer and login):
        return None
    return Ticket(issuer, login, moment(issued), moment(seen) if isinstance(seen, int | float) else None)


@dataclass
class _Seen:
    last: datetime
    ended: Ending | None = None


@dataclass
class Sessions:
    """All sessions of this server; safe to ask from many threads."""

    _seen: dict[str, _Seen] = field(default_factory=dict)
    _refused: dict[str, datetime] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def touch(self, ticket: Ticket, now: datetime, limits: SessionLimits) -> tuple[Ending | None, bool]:
        """Return why the session does not go on (None: it does, and was active now), and whether this is news to this server."""
        with self._lock:
            seen = self._seen.get(ticket.key)
            if seen and seen.ended:
                return seen.ended, False
            ending = decide_session(
                now,
                issued_at=ticket.issued_at,
                authenticated_at=ticket.authenticated_at,
                last_seen=seen.last if seen else None,
                limits=limits,
            )
            if ending == "too early":  # it may yet begin
                return ending, False
            self._forget(now)
            self._seen[ticket.key] = _Seen(max(now, seen.last) if seen else now, ending)
            return ending, ending is not None or seen is None

    def end(self, ticket: Ticket, now: datetime) -> None:
        """End a session for good."""
        with self._lock:
            self._seen[ticket.key] = _Seen(now, "ended")

    def note_refusal(self, key: str, now: datetime) -> bool:
        """Return whether a refusal (by its name for the audit trail) is news to this server."""
        with self._lock:
            self._forget(now)
            news = key not in self._refused
            self._refused.setdefault(key, now)
            return news

    def _forget(self, now: datetime) -> None:
        """Drop what is so old that its own times end it; a refusal's name holds for one day."""
        for key in [key for key, seen in self._seen.items() if now - seen.last > 2 * ABSOLUTE]:
            del self._seen[key]
        for key in [key for key, first in self._refused.items() if now - first > 2 * ABSOLUTE]:
            del self._refused[key]


SESSIONS = Sessions()
"""The sessions of this process; with several processes a reader must stay with one (sticky sessions)."""
