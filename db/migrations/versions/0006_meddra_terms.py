"""A licensed site's own mapping of terms to MedDRA, by version."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

Text = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    """Bring a database to this schema."""
    op.create_table(
        "meddra_term",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, Text(), nullable=False) for name in ("version", "term", "folded", "preferred_term", "organ_class")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meddra_term")),
        sa.UniqueConstraint("version", "folded", name=op.f("uq_meddra_term_version_folded")),
    )


def downgrade() -> None:
    """Records are kept: there is no way back."""
    raise NotImplementedError("restore a backup instead of downgrading")
