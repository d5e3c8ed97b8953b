"""Who may come in: accounts with what is granted to them, the acts of a session, and whether the record holds real data."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import select
from sqlmodel import Session

from db.history import known, table_of
from db.models import Account, AuditEntry, RoleGrant, Site, Study
from trial.asof import AsOf
from trial.grants import Grant
from trial.tables.access import ACCOUNTS, SITE_CHOICES


@dataclass(frozen=True)
class KnownAccount:
    """An account as the door sees it."""

    id: int
    name: str
    disabled: bool
    grants: tuple[Grant, ...]


def find_account(session: Session, issuer: str, login: str) -> KnownAccount | None:
    """Return the account of a person whom ``issuer`` knows as ``login`` (claims iss and sub); None when there is none."""
    account, grant = table_of(Account), table_of(RoleGrant)
    statement = (
        select(account.c.id, account.c.name, account.c.disabled, grant.c.role, grant.c.study_id, grant.c.site_id)
        .join(grant, grant.c.account_id == account.c.id, isouter=True)
        .where(account.c.issuer == issuer, account.c.login == login)
        .order_by(grant.c.id)
    )
    rows = session.connection().execute(statement).all()
    if not rows:
        return None
    grants = tuple(Grant(row.role, row.study_id, row.site_id) for row in rows if row.role is not None)
    return KnownAccount(rows[0].id, rows[0].name, bool(rows[0].disabled), grants)


def accounts(session: Session) -> pd.DataFrame:
    """Return ACCOUNTS, by name. Who may come in is a fact of the record, so it has no cut-off."""
    account, grant, study, site = (table_of(model) for model in (Account, RoleGrant, Study, Site))
    columns = (account.c.id, account.c.name, account.c.issuer, account.c.login, account.c.disabled)
    statement = (
        select(*columns, grant.c.role, study.c.code, site.c.code)
        .join(grant, grant.c.account_id == account.c.id, isouter=True)
        .join(study, study.c.id == grant.c.study_id, isouter=True)
        .join(site, site.c.id == grant.c.site_id, isouter=True)
        .order_by(account.c.name, account.c.id, grant.c.id)
    )
    return ACCOUNTS.frame(session.connection().execute(statement).all())


def acts_of_session(session: Session, name: str, among: Iterable[str]) -> frozenset[str]:
    """Return which acts of ``among`` the audit chain holds of one signed-in session."""
    entry = table_of(AuditEntry)
    no_row = entry.c.table_name.is_(None)  # acts change no row; the index finds them without reading every change
    statement = select(entry.c.act).where(no_row, entry.c.session == name, entry.c.act.in_(list(among))).distinct()
    return frozenset(session.connection().execute(statement).scalars())


def holds_real_study(session: Session) -> bool:
    """Return whether the record holds any study that is not made up."""
    study = table_of(Study)
    return session.connection().execute(select(study.c.id).where(study.c.kind != "synthetic").limit(1)).first() is not None


def site_choices(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return SITE_CHOICES, by code."""
    site = known(Site, as_of, study_id)
    return SITE_CHOICES.frame(session.connection().execute(select(site.c.id, site.c.code).order_by(site.c.code)).all())
