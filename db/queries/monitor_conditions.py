"""What a monitor's ``counts`` asks of an adverse event, as one SQL condition."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import FromClause, and_, false, or_, true
from sqlmodel import Session

from db.queries.conditions import Condition, at_least_grade, fatal, limiting, of_special_interest, of_terms, related, serious
from db.queries.spans import count_days
from db.queries.spelling import spell, spell_lists, term_spellings
from trial.asof import AsOf
from trial.protocol import AesiPart, CountsPart


@dataclass(frozen=True)
class SpeltTerms:
    """How the record writes the declared terms."""

    spellings: Mapping[str, tuple[str, ...]]
    aesi: Sequence[AesiPart]

    def of(self, counts: CountsPart) -> CountsPart:
        """Return ``counts`` with its terms as the record writes them, besides as they were declared."""
        return counts.model_copy(update={"terms": (*counts.terms, *spell(counts.terms, self.spellings))})


def spelt_terms(counts: Iterable[CountsPart], aesi: Sequence[AesiPart], session: Session, as_of: AsOf, study_id: int) -> SpeltTerms:
    """Return how the record known at ``as_of`` writes what ``counts`` and ``aesi`` name."""
    named = any(part.terms or part.aesi for part in counts)
    spellings = term_spellings(session, as_of, study_id) if named else {}
    return SpeltTerms(spellings, spell_lists(aesi, spellings))


def counted(event: FromClause, dose: FromClause, counts: CountsPart, aesi: Sequence[AesiPart]) -> Condition:
    """Return the condition on an event that ``counts`` states: everything that is given must hold; never where no event counts."""
    return and_(of_kind(event, counts, aesi), within(event, dose, counts.within_days))


def of_kind(event: FromClause, counts: CountsPart, aesi: Sequence[AesiPart]) -> Condition:
    """Return what ``counts`` states about the event itself, whenever it began; never where no event counts."""
    if not counts.counts_events:
        return false()
    lists = [part for part in aesi if part.code in counts.aesi]
    asked: tuple[tuple[bool, Condition], ...] = (
        (bool(counts.terms), of_terms(event, counts.terms)),
        (bool(counts.aesi), of_special_interest(event, lists)),
        (counts.minimum_grade is not None, at_least_grade(event, counts.minimum_grade or 1)),
        (counts.serious is not None, _as_asked(serious(event), counts.serious)),
        (counts.fatal is not None, _as_asked(fatal(event), counts.fatal)),
        (counts.dlt is not None, _as_asked(limiting(event), counts.dlt)),
        (bool(counts.attributed_to), related(event, counts.attributed_to)),
    )
    return and_(true(), *(condition for given, condition in asked if given))


def _as_asked(condition: Condition, wanted: bool | None) -> Condition:
    return condition if wanted else ~condition


def within(event: FromClause, dose: FromClause, days: int | None) -> Condition:
    """Return whether the event began at most ``days`` after the first dose, or may have (onset unknown); true where none are given."""
    if days is None:
        return true()
    return or_(event.c.onset_date.is_(None), count_days(dose.c.first_dose_on, event.c.onset_date) <= days)
