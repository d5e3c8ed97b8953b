"""Who may come in, and as what: accounts and the roles granted to them."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from db.models.base import one_of
from trial.roles import ROLES


class Account(SQLModel, table=True):
    """A person whom an identity provider vouches for: ``issuer`` and ``login`` are the claims iss and sub of its token."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("issuer", "login"),)

    id: int | None = Field(default=None, primary_key=True)
    issuer: str
    login: str
    name: str
    disabled: bool = False
    created_at: datetime


class RoleGrant(SQLModel, table=True):
    """A role of an account in one study, or in every study; ``site_id`` narrows it to the subjects of one site."""

    __tablename__ = "role_grant"
    __table_args__ = (one_of("role", ROLES), UniqueConstraint("account_id", "study_id", "role", "site_id"))

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id")
    study_id: int | None = Field(default=None, foreign_key="study.id")
    role: str
    site_id: int | None = Field(default=None, foreign_key="site.id")
