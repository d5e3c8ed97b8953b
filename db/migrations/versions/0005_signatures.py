"""Signatures to the committee's decisions."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Moment = sqlmodel.sql.sqltypes.UTCDateTime
Text = sqlmodel.sql.sqltypes.AutoString
NAME, HISTORY = "decision_signature", "decision_signature_history"


def upgrade() -> None:
    """Bring a database to this schema."""
    op.create_table(
        NAME,
        sa.Column("id", sa.Integer(), nullable=False),
        *_columns(),
        sa.CheckConstraint("meaning IN ('approves', 'dissents', 'took part')", name=op.f(f"ck_{NAME}_meaning_known")),
        sa.CheckConstraint("head_sequence BETWEEN 0 AND 2147483647", name=op.f(f"ck_{NAME}_head_sequence_range")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f(f"fk_{NAME}_study_id")),
        sa.ForeignKeyConstraint(
            ["study_id", "decision_id"],
            ["committee_decision.study_id", "committee_decision.id"],
            name=op.f(f"fk_{NAME}_study_id_decision_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
    )
    op.create_index(op.f(f"ix_{NAME}_study_id_decision_id_known_from"), NAME, ["study_id", "decision_id", "known_from"])
    op.create_table(
        HISTORY,
        sa.Column("change_number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("id", sa.Integer(), nullable=False),
        *_columns(),
        sa.Column("valid_to", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("change_number", name=op.f(f"pk_{HISTORY}")),
    )
    op.create_index(op.f(f"ix_{HISTORY}_study_id_valid_to_known_from"), HISTORY, ["study_id", "valid_to", "known_from"])
    op.create_index(op.f(f"ix_{HISTORY}_id"), HISTORY, ["id"])


def downgrade() -> None:
    """Records are kept: there is no way back."""
    raise NotImplementedError("restore a backup instead of downgrading")


def _columns() -> list[sa.Column]:
    whole, moments, words = ("study_id", "decision_id"), ("known_from", "decision_known_from", "signed_at"), ("signer", "role", "meaning")
    kinds = {**dict.fromkeys(whole, sa.Integer), **dict.fromkeys(moments, Moment), **dict.fromkeys(words, Text)}
    kinds |= {"head_sequence": sa.Integer, "head_hash": Text}
    order = ("study_id", "known_from", "decision_id", "decision_known_from", "signer", "role", "meaning", "signed_at", "head_sequence", "head_hash")
    return [sa.Column(name, kinds[name](), nullable=False) for name in order]
