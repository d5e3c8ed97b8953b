"""Which adverse events could be dose-limiting by the protocol's rule: the one definition, for the form and for the query.

What is not known never clears an event: an event without grade and severity, or of which a cause that the rule counts was not judged,
could be dose-limiting until somebody has said more.
"""

from collections.abc import Mapping
from typing import Any

from trial.protocol import DltPart
from trial.terms import JUDGES, RELATED

HIGHEST_GRADE: Mapping[str, int] = {"mild": 1, "moderate": 2, "severe": 5}
"""The highest CTCAE grade that a severity may stand for: severe covers grade 3 and all that is worse."""


def list_severities(minimum_grade: int) -> tuple[str, ...]:
    """Return the severities under which an event without a grade may be of at least ``minimum_grade`` (1 to 5)."""
    return tuple(severity for severity, highest in HIGHEST_GRADE.items() if highest >= minimum_grade)


def is_grave(grade: int | None, severity: str | None, minimum_grade: int) -> bool:
    """Return whether an event is of at least ``minimum_grade`` (1 to 5), or may be as far as is known."""
    if grade is not None:
        return grade >= minimum_grade
    return severity is None or severity in list_severities(minimum_grade)


def is_attributable(event: Mapping[str, Any], rule: DltPart) -> bool:
    """Return whether one of the causes that the rule counts is possible, or not judged yet, in an event (values by column).

    A cause is judged when investigator or sponsor has said anything of it. A source that asks a single question (SDTM's AEREL, kept as
    ``source_causality``) has judged every cause, if its answer was understood and so stands as the investigator's on the product.
    """
    said = {head: [event.get(f"{judge}_{head}") for judge in JUDGES] for head in rule.attributed_to}
    if any(word in RELATED for words in said.values() for word in words):
        return True
    if event.get("source_causality") is not None and event.get("investigator_product") is not None:
        return False
    return any(all(word is None for word in words) for words in said.values())
