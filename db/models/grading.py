"""What terms mean: the term tables of CTCAE, loaded from the official files, and a licensed site's own mapping to MedDRA, by version."""

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel


class CtcaeTerm(SQLModel, table=True):
    """One term of one version of CTCAE; a grade that the term does not offer is missing.

    ``llt_code`` is MedDRA's and is never shown: that needs a licence.
    """

    __tablename__ = "ctcae_term"
    __table_args__ = (UniqueConstraint("version", "term"),)

    id: int | None = Field(default=None, primary_key=True)
    version: str
    term: str
    category: str
    llt_code: str | None = None
    grade_1: str | None = Field(default=None, sa_type=Text)
    grade_2: str | None = Field(default=None, sa_type=Text)
    grade_3: str | None = Field(default=None, sa_type=Text)
    grade_4: str | None = Field(default=None, sa_type=Text)
    grade_5: str | None = Field(default=None, sa_type=Text)
    definition: str | None = Field(default=None, sa_type=Text)
    note: str | None = Field(default=None, sa_type=Text)


class MeddraTerm(SQLModel, table=True):
    """How a term of the record, however it is written, stands in one version of MedDRA: a licensed site's own mapping, never ours.

    ``folded`` is the term in the form in which terms are compared (str.casefold, single spaces).
    """

    __tablename__ = "meddra_term"
    __table_args__ = (UniqueConstraint("version", "folded"),)

    id: int | None = Field(default=None, primary_key=True)
    version: str
    term: str
    folded: str
    preferred_term: str
    organ_class: str
