"""Indexes for large trials: what is judged, and listings and counts of the present and of the past that need no more than an index.

The statistics that SQLite plans by (db/planning.py) are written by every migration; records of schema 0003 get theirs with this one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BY_SUBJECT = (
    "eligibility_finding", "procedure", "administration", "adverse_event", "visit", "measurement", "medication", "medical_history",
    "disposition", "comment",
)  # fmt: skip
ONSET = ["study_id", "onset_date", "code"]


def upgrade() -> None:
    """Bring a database to this schema."""
    _renew("adverse_event", ONSET, [*ONSET, "known_from"])
    op.create_index(op.f("ix_adverse_event_history_study_id_onset_date_code_known_from_valid_to"), "adverse_event_history", [*ONSET, "known_from", "valid_to"])
    op.drop_index(op.f("ix_adverse_event_serious"), table_name="adverse_event")
    serious = ["study_id", "serious", "onset_date", "code", "known_from", "subject_id"]
    op.create_index(op.f("ix_adverse_event_serious"), "adverse_event", serious)
    judged = sa.text("dlt IS NOT NULL")
    op.create_index(op.f("ix_adverse_event_judged"), "adverse_event", ["study_id", "dlt"], sqlite_where=judged, postgresql_where=judged)
    ended = ["study_id", "valid_to", "known_from"]
    for table in BY_SUBJECT:
        _renew(f"{table}_history", ended, [*ended, "subject_id"])


def downgrade() -> None:
    """Records are kept: there is no way back."""
    raise NotImplementedError("restore a backup instead of downgrading")


def _renew(table: str, old: list[str], new: list[str]) -> None:
    """Put a wider index in the place of another."""
    op.drop_index(op.f(f"ix_{table}_{'_'.join(old)}"), table_name=table)
    op.create_index(op.f(f"ix_{table}_{'_'.join(new)}"), table, new)
