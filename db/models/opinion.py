"""What people say of the data: reviews of events and comments."""

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field

from db.models.base import Known, by_known, of_study


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
