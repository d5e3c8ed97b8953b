"""The term tables of CTCAE, by version."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Text = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    """Bring a database to this schema."""
    op.create_table(
        "ctcae_term",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, Text(), nullable=False) for name in ("version", "term", "category")),
        sa.Column("llt_code", Text(), nullable=True),
        *(sa.Column(f"grade_{grade}", sa.Text(), nullable=True) for grade in range(1, 6)),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("definition", "note")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ctcae_term")),
        sa.UniqueConstraint("version", "term", name=op.f("uq_ctcae_term_version_term")),
    )


def downgrade() -> None:
    """Records are kept: there is no way back."""
    raise NotImplementedError("restore a backup instead of downgrading")
