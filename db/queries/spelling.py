"""How the record spells a term: protocols and sites differ in upper and lower case, in any language."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlmodel import Session

from db.history import known
from db.models import AdverseEvent
from trial.asof import AsOf
from trial.protocol import AesiPart


def term_spellings(session: Session, as_of: AsOf, study_id: int) -> Mapping[str, tuple[str, ...]]:
    """Return every term of the known events under its case-folded form, in all the ways it is written."""
    event = known(AdverseEvent, as_of, study_id)
    found: dict[str, tuple[str, ...]] = {}
    for term in session.connection().execute(select(event.c.term_used).distinct()).scalars():
        found[term.casefold()] = (*found.get(term.casefold(), ()), term)
    return found


def spell(terms: Iterable[str], spellings: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return ``terms`` in all the ways the record writes them; a term that it does not know is left out."""
    return tuple(written for term in terms for written in spellings.get(term.casefold(), ()))


def spell_lists(lists: Sequence[AesiPart], spellings: Mapping[str, tuple[str, ...]]) -> list[AesiPart]:
    """Return the special-interest ``lists`` with their terms as the record writes them, besides as they were declared."""
    return [part.model_copy(update={"terms": (*part.terms, *spell(part.terms, spellings))}) for part in lists]
