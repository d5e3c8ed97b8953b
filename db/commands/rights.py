"""The check before every command: the role, the study and the site of the one who acts. Default deny."""

from sqlalchemy import select
from sqlmodel import Session

from db.audit import Actor
from db.history import table_of
from db.models import Subject
from trial.errors import refuse
from trial.roles import may, roles_that_may


def require(
    session: Session, actor: Actor, act: str, study_id: int | None, *, subject_id: int | None = None, site_id: int | None = None
) -> None:
    """Return when ``actor`` may do ``act`` in the study, and to this subject or at this site; raise FaultyInput otherwise.

    ``study_id`` None is an act on the whole database, open only to those whom no study binds. A subject is at the site that the
    record has for it now; where the actor is bound to sites, a subject without a site is refused, and so is an act that names
    neither subject nor site.
    """
    require_role(actor, act)
    if actor.studies is not None and study_id not in actor.studies:
        raise refuse(act, "is not open to you in this study", "Ask an administrator for a role in it.")
    if actor.sites is None:
        return
    site = _site_of(session, study_id, subject_id) if subject_id is not None else site_id
    named = site_id is None or site_id == site
    if site is None or not named or site not in actor.sites:
        raise refuse(act, "is open to you for the subjects of your own site only", "Ask the site of this subject, or an administrator.")


def require_role(actor: Actor, act: str) -> None:
    """Return when the actor's role may do ``act`` at all; raise FaultyInput that names the roles to ask otherwise."""
    if not may(actor.role, act):
        allowed = " or ".join(roles_that_may(act)) or "administrator"
        raise refuse(act, f"is not open to the role {actor.role}", f"Ask somebody with the role {allowed}.")


def require_everywhere(actor: Actor, act: str) -> None:
    """Return when the actor may do ``act`` on the whole database, bound to no study and no site; raise FaultyInput otherwise."""
    require_role(actor, act)
    if actor.studies is not None or actor.sites is not None:
        raise refuse(act, "is not open to you: your role is granted in some studies or sites only", "Ask an administrator.")


def _site_of(session: Session, study_id: int | None, subject_id: int) -> int | None:
    """The site of a subject of this study; None where it has none, or is of another study."""
    subject = table_of(Subject)
    statement = select(subject.c.site_id).where(subject.c.id == subject_id, subject.c.study_id == study_id)
    return session.connection().execute(statement).scalar_one_or_none()
