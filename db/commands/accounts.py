"""Who may come in, and as what: add an account, grant and withdraw roles, shut an account out. Each with its reason."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Engine, select
from sqlmodel import Session

from db.audit import Actor, begin_act
from db.commands.bulk import next_id
from db.commands.rights import require
from db.engine import writing
from db.history import table_of
from db.models import Account, RoleGrant, Site, Study
from trial.errors import Fault, FaultyInput, refuse
from trial.roles import ROLES, needs_site

ACT = "manage accounts"
LONGEST = 500
"""Signs of an issuer, a login, a name or a reason."""


def add_account(engine: Engine, actor: Actor, *, issuer: str, login: str, name: str, reason: str) -> int:
    """Record an account and return its key; it may do nothing until a role is granted to it.

    ``issuer`` and ``login`` are the claims iss and sub of the identity provider. Raises FaultyInput for empty or overlong text,
    for an account that is there already, and for an actor who may not.
    """
    _check_texts({"issuer": issuer, "login": login, "name": name})
    with _managing(engine, actor, "add account", reason) as session:
        require(session, actor, ACT, None)
        account = table_of(Account)
        there = select(account.c.id).where(account.c.issuer == issuer, account.c.login == login)
        if session.connection().execute(there).first():
            raise refuse("account", "is there already", "Grant it a role instead.")
        key = next_id(session, Account)
        row = {"id": key, "issuer": issuer, "login": login, "name": name, "disabled": False, "created_at": actor.at}
        session.connection().execute(account.insert(), [row])
    return key


def grant_role(
    engine: Engine, actor: Actor, *, account: int, role: str, study: str | None = None, site: str | None = None, reason: str
) -> None:
    """Record that ``account`` has ``role`` in a study (by code; None is every study), narrowed to a site (by code) or not.

    Raises FaultyInput for an unknown account, role, study or site, for an investigator without a site, for a grant that is there
    already, and for an actor who may not.
    """
    _check_role(role, study, site)
    with _managing(engine, actor, "grant role", reason) as session:
        place = _find_place(session, study, site)
        require(session, actor, ACT, place["study_id"], site_id=place["site_id"])
        _find_account(session, account)
        row = {"account_id": account, "role": role, **place}
        if _find_grant(session, row) is not None:
            raise refuse("role", "is granted to this account already", "Nothing was changed.")
        session.connection().execute(table_of(RoleGrant).insert(), [{"id": next_id(session, RoleGrant), **row}])


def withdraw_role(
    engine: Engine, actor: Actor, *, account: int, role: str, study: str | None = None, site: str | None = None, reason: str
) -> None:
    """Take a role away that was granted with these very study and site; raise FaultyInput when there is no such grant."""
    with _managing(engine, actor, "withdraw role", reason) as session:
        place = _find_place(session, study, site)
        require(session, actor, ACT, place["study_id"], site_id=place["site_id"])
        key = _find_grant(session, {"account_id": account, "role": role, **place})
        if key is None:
            raise refuse("role", "is not granted to this account in that way", "See what is granted with: python -m db account list")
        grant = table_of(RoleGrant)
        session.connection().execute(grant.delete().where(grant.c.id == key))


def disable_account(engine: Engine, actor: Actor, *, account: int, reason: str) -> None:
    """Shut an account out from its next click on; its grants and its past stay."""
    _set_disabled(engine, actor, account, "disable account", reason, disabled=True)


def enable_account(engine: Engine, actor: Actor, *, account: int, reason: str) -> None:
    """Let an account in again that was shut out."""
    _set_disabled(engine, actor, account, "enable account", reason, disabled=False)


def _set_disabled(engine: Engine, actor: Actor, account: int, act: str, reason: str, *, disabled: bool) -> None:
    with _managing(engine, actor, act, reason) as session:
        require(session, actor, ACT, None)
        if _find_account(session, account) == disabled:
            raise refuse("account", "is disabled already" if disabled else "is not disabled", "Nothing was changed.")
        table = table_of(Account)
        session.connection().execute(table.update().where(table.c.id == account).values(disabled=disabled))


@contextmanager
def _managing(engine: Engine, actor: Actor, act: str, reason: str) -> Iterator[Session]:
    """A writing session in which ``actor`` does ``act`` for a stated reason."""
    _check_texts({"reason": reason})
    with writing(engine) as session:
        begin_act(session, actor, act, reason=reason)
        yield session


def _check_texts(texts: dict[str, str]) -> None:
    """Raise FaultyInput that names every text that is empty or too long."""
    wrong = [where for where, text in texts.items() if not text.strip() or len(text) > LONGEST or not text.isprintable()]
    if wrong:
        raise FaultyInput(Fault(where, f"is not 1 to {LONGEST} printable signs", "Give it.") for where in wrong)


def _check_role(role: str, study: str | None, site: str | None) -> None:
    """Raise FaultyInput for a role that there is not, or that cannot be granted so."""
    if role not in ROLES:
        raise refuse("role", "is none of the roles", f"Choose one of: {', '.join(ROLES)}.")
    if site is None and needs_site(role):
        raise refuse("site", f"is missing: the role {role} holds for the subjects of one site", "Name the study and the site.")
    if site is not None and study is None:
        raise refuse("study", "is missing: a site belongs to one", "Name the study of the site.")


def _find_place(session: Session, study: str | None, site: str | None) -> dict[str, int | None]:
    """The keys of a study and a site by their codes; raise FaultyInput for a code that the record does not hold."""
    if study is None:
        return {"study_id": None, "site_id": None}
    studies, sites = table_of(Study), table_of(Site)
    study_id = session.connection().execute(select(studies.c.id).where(studies.c.code == study)).scalar_one_or_none()
    if study_id is None:
        raise refuse("study", "is not in this database", "Give the code of one that is.")
    if site is None:
        return {"study_id": study_id, "site_id": None}
    found = select(sites.c.id).where(sites.c.study_id == study_id, sites.c.code == site)
    site_id = session.connection().execute(found).scalar_one_or_none()
    if site_id is None:
        raise refuse("site", "is not in this study", "Give the code of one that is.")
    return {"study_id": study_id, "site_id": site_id}


def _find_account(session: Session, account: int) -> bool:
    """Whether the account is disabled; raise FaultyInput when there is none with this key."""
    table = table_of(Account)
    row = session.connection().execute(select(table.c.disabled).where(table.c.id == account)).first()
    if row is None:
        raise refuse("account", "is not in this database", "See those that are with: python -m db account list")
    return bool(row.disabled)


def _find_grant(session: Session, wanted: Mapping[str, object]) -> int | None:
    """The key of the grant that says exactly this; None when there is none."""
    grant = table_of(RoleGrant)
    same = [grant.c[name].is_(None) if value is None else grant.c[name] == value for name, value in wanted.items()]
    return session.connection().execute(select(grant.c.id).where(*same)).scalar_one_or_none()
