"""${message}."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring a database to this schema."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Records are kept: there is no way back."""
    raise NotImplementedError("restore a backup instead of downgrading")
