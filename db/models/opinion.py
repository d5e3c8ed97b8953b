"""What people say of the data: reviews of events, comments, and signatures to decisions."""

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field

from db.models.base import Known, by_known, of_study, one_of, within
from trial.terms import SIGNATURE_MEANINGS


class Review(Known, table=True):
    """Somebody looked at an adverse event as it stood at ``event_known_from``, in a role, and says so."""

    __tablename__ = "review"
    __table_args__ = (of_study("event_id", "adverse_event"), by_known("event_id"))

    event_id: int
    event_known_from: datetime
    reviewer: str
    role: str
    note: str | None = Field(default=None, sa_type=Text)


class Comment(Known, table=True):
    """A remark on a subject, or on one event of that subject."""

    __tablename__ = "comment"
    __table_args__ = (of_study("subject_id", "subject"), of_study("event_id", "adverse_event"), by_known("subject_id"))

    subject_id: int
    event_id: int | None = None
    author: str
    role: str
    text: str = Field(sa_type=Text)


class DecisionSignature(Known, table=True):
    """Somebody signed a committee's decision as it stood at ``decision_known_from``, on the record as it stood at a head of the chain.

    Printed name, date and time, and meaning, as 21 CFR 11.50 asks; ``head_sequence`` and ``head_hash`` are the entry that was the
    newest when the signer looked: what the decision rests on can be shown again by it.
    """

    __tablename__ = "decision_signature"
    __table_args__ = (
        of_study("decision_id", "committee_decision"),
        one_of("meaning", SIGNATURE_MEANINGS),
        within("head_sequence", 0, 2_147_483_647),
        by_known("decision_id"),
    )

    decision_id: int
    decision_known_from: datetime
    signer: str
    role: str
    meaning: str
    signed_at: datetime
    head_sequence: int
    head_hash: str
