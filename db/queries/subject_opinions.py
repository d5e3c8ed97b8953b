"""What people said of one subject: reviews of its events, and comments."""

import pandas as pd
from sqlalchemy import literal, select, true, union_all
from sqlmodel import Session

from db.history import known
from db.models import AdverseEvent, Comment, Review
from db.queries.subject_story import key_of
from trial.asof import AsOf
from trial.tables.opinions import SUBJECT_OPINIONS


def subject_opinions(session: Session, as_of: AsOf, study_id: int, *, subject: str) -> pd.DataFrame:
    """Return SUBJECT_OPINIONS, the newest first."""
    key, event = key_of(session, as_of, study_id, subject), known(AdverseEvent, as_of, study_id)
    review, remark = known(Review, as_of, study_id), known(Comment, as_of, study_id)
    reviews = (
        select(
            review.c.known_from.label("said_at"), literal("review").label("kind"), review.c.reviewer.label("person"), review.c.role,
            event.c.code, event.c.term_used, review.c.note.label("words"), (review.c.event_known_from == event.c.known_from).label("same"),
            review.c.id,
        )
        .join(event, event.c.id == review.c.event_id)
        .where(event.c.subject_id == key)
    )  # fmt: skip
    about = event.alias("about")
    comments = (
        select(
            remark.c.known_from, literal("comment"), remark.c.author, remark.c.role, about.c.code, about.c.term_used,
            remark.c.text, true(), remark.c.id,
        )
        .join(about, about.c.id == remark.c.event_id, isouter=True)
        .where(remark.c.subject_id == key)
    )  # fmt: skip
    both = union_all(reviews, comments).subquery("opinions")
    statement = select(*list(both.c)[:8]).order_by(both.c.said_at.desc(), both.c.kind, both.c.id.desc())
    return SUBJECT_OPINIONS.frame(session.connection().execute(statement).all())
