"""Who is looking: the door that every run and every part that runs alone passes, and what it opens."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import streamlit as st
from sqlalchemy import Engine

from dashboard.sessions import SESSIONS, Ticket, read_ticket
from db.audit import Actor, append_entry
from db.commands.accounts import LONGEST
from db.engine import reading, writing
from db.queries.accounts import KnownAccount, acts_of_session, find_account, holds_real_study
from trial.grants import Grant, roles_in, sites_of, studies_of
from trial.roles import ROLES
from trial.sign_in import Ending, shorten_limits

DEMO_FLAG, DEMO_WORD = "FIRSTWATCH_DEMO_ROLES", "real-data-too"
IDLE_VARIABLE, ABSOLUTE_VARIABLE = "FIRSTWATCH_IDLE_SECONDS", "FIRSTWATCH_SESSION_SECONDS"
DEMONSTRATION = "demonstration user"
ENDS = ("sign out", "session ended")
"""The acts in the audit chain after which a session opens nothing any more."""
REFUSED = "sign-in refused"
"""The act in the audit chain when somebody has signed in whom no account, or no open one, lets in."""
NOBODY = "somebody without an account"
RECENT = timedelta(seconds=1)
"""For so long after a page was let in its own parts need not ask again."""

Why = Literal["demonstration", "settings", "sign in", "claims", "unknown", "disabled", "no grants"] | Ending
"""Why nobody comes in."""


@dataclass(frozen=True)
class Refusal:
    """A closed door: why, and of whom (nobody, before signing in)."""

    why: Why
    ticket: Ticket | None = None


@dataclass(frozen=True)
class Reader:
    """Somebody who came in. Without a ticket it is the demonstration: every role of every study, by a chooser that says so."""

    name: str
    grants: tuple[Grant, ...]
    ticket: Ticket | None = field(default=None, repr=False)

    @property
    def session(self) -> str:
        """The signed-in session's name for the record; empty in the demonstration."""
        return self.ticket.key if self.ticket else ""

    @property
    def role_names(self) -> frozenset[str]:
        """Every role that is granted anywhere."""
        return frozenset(grant.role for grant in self.grants if grant.holds) if self.ticket else frozenset(ROLES)

    @property
    def studies(self) -> frozenset[int] | None:
        """The keys of the studies in which anything is granted; None for all."""
        return studies_of(self.grants)

    def roles(self, study_id: int) -> tuple[str, ...]:
        """The roles among which the reader may choose in a study."""
        return roles_in(self.grants, study_id) if self.ticket else ROLES

    def studies_as(self, role: str) -> frozenset[int] | None:
        """The keys of the studies in which that role is granted; None for all."""
        return studies_of(self.grants, role) if self.ticket else None

    def sites(self, role: str, study_id: int) -> frozenset[int] | None:
        """The keys of the sites whose subjects the reader sees in that role; None for all."""
        return sites_of(self.grants, role, study_id) if self.ticket else None


@dataclass(frozen=True)
class Door:
    """One person's way in: asked again at every run, and before every part that runs alone."""

    engine: Engine
    claims: Mapping[str, Any] | None
    clock: Callable[[], datetime]

    def ask(self) -> Reader | Refusal:
        """Return who comes in now, or why nobody does; what this settles is recorded in the audit chain."""
        if self.claims is None:
            return _admit_demonstration(self.engine)
        if not self.claims.get("is_logged_in"):
            return Refusal("sign in")
        ticket = read_ticket(self.claims, lambda seconds: datetime.fromtimestamp(seconds, UTC))
        return _admit(self.engine, ticket, self.clock()) if ticket else Refusal("claims")


@dataclass(frozen=True)
class Watch:
    """Whether the reader of a page would still come in, exactly as before; asked by parts that run alone."""

    door: Door
    reader: Reader
    asked_at: datetime

    def __call__(self) -> bool:
        """Ask the door again, unless the page itself has just asked it."""
        return self.door.clock() - self.asked_at < RECENT or self.door.ask() == self.reader


def find_door(engine: Engine, clock: Callable[[], datetime]) -> Door | Refusal:
    """Return the door of this run: by sign-in where [auth] is configured, else the demonstration's.

    Settings that are there and cannot be read open nothing.
    """
    try:
        signed = "auth" in st.secrets
    except FileNotFoundError:
        if any(Path(path).exists() for path in st.get_option("secrets.files")):
            return Refusal("settings")
        signed = False
    return Door(engine, st.user.to_dict() if signed else None, clock)


def demo_allows_real_data() -> bool:
    """Return whether the demonstration was allowed, by an explicit flag, to show a study that is not made up."""
    return os.environ.get(DEMO_FLAG) == DEMO_WORD


def leave(engine: Engine, ticket: Ticket | None, now: datetime) -> None:
    """End a signed-in session for good, record it where the person has an account, and sign out of the identity provider too."""
    if ticket:
        SESSIONS.end(ticket, now)
        with reading(engine) as session:
            account = find_account(session, ticket.issuer, ticket.login)
            recorded = acts_of_session(session, ticket.key, ENDS)
        if account and not recorded:
            _record(engine, Actor(account.name, "", now, ticket.key), "sign out")
    st.logout()


def _admit_demonstration(engine: Engine) -> Reader | Refusal:
    """The demonstration user; refused where the record holds a study that is not made up."""
    if not demo_allows_real_data():
        with reading(engine) as session:
            if holds_real_study(session):
                return Refusal("demonstration")
    return Reader(DEMONSTRATION, tuple(Grant(role) for role in ROLES))


def _admit(engine: Engine, ticket: Ticket, now: datetime) -> Reader | Refusal:
    """The person of the ticket, with what is granted now; refused without an account, a grant or a living session."""
    with reading(engine) as session:
        account = find_account(session, ticket.issuer, ticket.login)
    refusal = _examine(account)
    if account is None or refusal:
        _record_refusal(engine, ticket, account, refusal or "unknown", now)
        return Refusal(refusal or "unknown", ticket)
    ending = _keep_session(engine, ticket, account, now)
    return Refusal(ending, ticket) if ending else Reader(account.name, account.grants, ticket)


def _examine(account: KnownAccount | None) -> Why | None:
    """Why an account opens nothing, whatever its session; None when it may."""
    if account is None:
        return "unknown"
    if account.disabled:
        return "disabled"
    return None if any(grant.holds for grant in account.grants) else "no grants"


def _keep_session(engine: Engine, ticket: Ticket, account: KnownAccount, now: datetime) -> Ending | None:
    """Why the session does not go on; its beginning and its end are recorded once."""
    limits = shorten_limits(os.environ.get(IDLE_VARIABLE), os.environ.get(ABSOLUTE_VARIABLE))
    ending, news = SESSIONS.touch(ticket, now, limits)
    if not news:
        return ending
    with reading(engine) as session:
        recorded = acts_of_session(session, ticket.key, ("sign in", *ENDS))
    if recorded & set(ENDS):  # ended at another server, or before this one started
        SESSIONS.end(ticket, now)
        return "ended"
    act = "session ended" if ending else "sign in"
    if act not in recorded:
        _record(engine, Actor(account.name, "", now, ticket.key), act, why=ending)
    return ending


def _record_refusal(engine: Engine, ticket: Ticket, account: KnownAccount | None, why: Why, now: datetime) -> None:
    """Record that somebody whom the identity provider knows was let in nowhere: once a person and day (UTC), however often he tries.

    Who it was stands in the chain alone, as accounts do: issuer and login, cut to the length that an account's may have.
    """
    key = ticket.refusal_key(now.astimezone(UTC).date())
    if not SESSIONS.note_refusal(key, now):
        return
    with reading(engine) as session:
        recorded = acts_of_session(session, key, (REFUSED,))
    if not recorded:
        actor = Actor(account.name if account else NOBODY, "", now, key)
        _record(engine, actor, REFUSED, why=why, issuer=ticket.issuer[:LONGEST], login=ticket.login[:LONGEST])


def _record(engine: Engine, actor: Actor, act: str, **details: str | None) -> None:
    with writing(engine) as session:
        append_entry(session, actor, act, details={name: value for name, value in details.items() if value})
