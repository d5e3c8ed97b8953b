"""The sponsor's supplementary list: terms that CTCAE lacks, each with the grades it offers."""

import tomllib
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

LIST = Path(__file__).with_name("sponsor_terms.toml")
DICTIONARY = "sponsor list"
"""How an event names this list as its dictionary."""


class SponsorTerm(BaseModel):
    """One term; a grade that it does not offer is missing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    term: str
    category: str
    grade_1: str | None = None
    grade_2: str | None = None
    grade_3: str | None = None
    grade_4: str | None = None
    grade_5: str | None = None

    @property
    def grades(self) -> tuple[int, ...]:
        """The grades that the term offers."""
        return tuple(grade for grade in range(1, 6) if getattr(self, f"grade_{grade}"))


@cache
def sponsor_terms() -> tuple[SponsorTerm, ...]:
    """Return the terms of the supplementary list that ships with this program."""
    return tuple(SponsorTerm(**term) for term in tomllib.loads(LIST.read_text("utf-8"))["terms"])
