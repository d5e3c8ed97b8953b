"""What sites answered on prompted lists of complications."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

Moment = sqlmodel.sql.sqltypes.UTCDateTime
Text = sqlmodel.sql.sqltypes.AutoString
NAME, HISTORY = "complication_check", "complication_check_history"
PERIODS = "period IN ('intraoperative', 'to discharge', 'to 30 days', 'to 90 days')"
ANSWERS = "answer IN ('occurred', 'did not occur', 'not assessed')"


def upgrade() -> None:
    """Bring a database to this schema."""
    op.create_table(
        NAME,
        sa.Column("id", sa.Integer(), nullable=False),
        *_columns(),
        sa.CheckConstraint(PERIODS, name=op.f(f"ck_{NAME}_period_known")),
        sa.CheckConstraint(ANSWERS, name=op.f(f"ck_{NAME}_answer_known")),
        sa.CheckConstraint("event_id IS NULL OR answer = 'occurred'", name=op.f(f"ck_{NAME}_event_occurred")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f(f"fk_{NAME}_study_id")),
        *(_of_study(column, table) for column, table in (("subject_id", "subject"), ("procedure_id", "procedure"), ("event_id", "adverse_event"))),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("study_id", "code", name=op.f(f"uq_{NAME}_study_id_code")),
        sa.UniqueConstraint("study_id", "id", name=op.f(f"uq_{NAME}_study_id_id")),
    )
    for column in ("procedure_id", "subject_id"):
        op.create_index(op.f(f"ix_{NAME}_study_id_{column}_known_from"), NAME, ["study_id", column, "known_from"])
    op.create_table(
        HISTORY,
        sa.Column("change_number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("id", sa.Integer(), nullable=False),
        *_columns(),
        sa.Column("valid_to", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("change_number", name=op.f(f"pk_{HISTORY}")),
    )
    told = ["study_id", "valid_to", "known_from", "subject_id"]
    op.create_index(op.f(f"ix_{HISTORY}_study_id_valid_to_known_from_subject_id"), HISTORY, told)
    op.create_index(op.f(f"ix_{HISTORY}_study_id_subject_id"), HISTORY, ["study_id", "subject_id"])
    op.create_index(op.f(f"ix_{HISTORY}_id"), HISTORY, ["id"])


def downgrade() -> None:
    """Records are kept: there is no way back."""
    raise NotImplementedError("restore a backup instead of downgrading")


def _of_study(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["study_id", column], [f"{table}.study_id", f"{table}.id"], name=op.f(f"fk_{NAME}_study_id_{column}")
    )


def _columns() -> list[sa.Column]:
    kinds = {
        "study_id": sa.Integer, "known_from": Moment, "code": Text, "subject_id": sa.Integer, "procedure_id": sa.Integer,
        "complication": Text, "period": Text, "answer": Text, "checked_on": sa.Date, "event_id": sa.Integer,
    }  # fmt: skip
    return [sa.Column(name, kind(), nullable=name == "event_id") for name, kind in kinds.items()]
