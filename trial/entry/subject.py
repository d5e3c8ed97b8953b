"""Entering a subject: screening, eligibility, enrolment; fields and rules."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from trial.entry.field import Field
from trial.entry.rule import Breach, breach
from trial.sentence import Sentence
from trial.terms import AIS, SEXES, STATUSES

CODE = r"[\w.+-]{1,40}"
"""What a subject's code is made of."""

SCREENING_FIELDS = (
    Field("code", Sentence("Subject code"), required=True),
    Field("screened_on", Sentence("Screened on"), "day", required=True),
    Field("consented_on", Sentence("Consent signed on"), "day"),
    Field("consent_version", Sentence("Version of the consent form")),
    Field("age_years", Sentence("Age, years"), "whole number", low=0, high=130),
    Field("sex", Sentence("Sex"), "choice", SEXES),
    Field("injured_on", Sentence("Injured on"), "day"),
    Field("injury_level", Sentence("Neurological level of injury")),
    Field("ais", Sentence("AIS grade"), "choice", AIS),
    Field("injury_mechanism", Sentence("Mechanism of the injury")),
)
ENROLMENT_FIELDS = (Field("enrolled_on", Sentence("Enrolled on"), "day", required=True),)
ENDING_FIELDS = (
    Field("eligible", Sentence("Eligible"), "flag"),
    Field("ineligible_reason", Sentence("Why not eligible")),
    Field("status", Sentence("Status"), "choice", STATUSES, required=True),
    Field("discontinued_on", Sentence("Left the study on"), "day"),
    Field("discontinuation_reason", Sentence("Why the subject left")),
    Field("died_on", Sentence("Died on"), "day"),
)
SUBJECT_FIELDS = (*SCREENING_FIELDS[1:], Field("enrolled_on", Sentence("Enrolled on"), "day"), *ENDING_FIELDS)
"""What may be corrected of a subject; its code and cohorts never are."""

_ORDER = (
    ("injured_on", "screened_on", Sentence("Injured on")),
    ("consented_on", "enrolled_on", Sentence("Consent signed on")),
    ("screened_on", "enrolled_on", Sentence("Screened on")),
    ("enrolled_on", "discontinued_on", Sentence("Enrolled on")),
    ("enrolled_on", "died_on", Sentence("Enrolled on")),
)
"""Which day cannot lie after which."""
_LATER = {
    "screened_on": Sentence("screening"),
    "enrolled_on": Sentence("enrolment"),
    "discontinued_on": Sentence("leaving"),
    "died_on": Sentence("death"),
}


def check_subject(values: Mapping[str, Any], today: date) -> Iterator[Breach]:
    """Yield every rule that a subject (values by column) breaks; ``today`` is the day at its site."""
    for field in SUBJECT_FIELDS:
        day = values.get(field.name)
        if field.kind == "day" and day is not None and day > today:
            yield breach(field.name, field.label, Sentence("lies in the future"), Sentence("Correct the date."))
    for early, late, where in _ORDER:
        if values.get(early) and values.get(late) and values[early] > values[late]:
            what = Sentence("lies after {event} on {day}", event=_LATER[late], day=values[late])
            yield breach(f"{early} {late}", where, what, Sentence("Correct one of the two dates."))
    yield from _check_standing(values)


def _check_standing(values: Mapping[str, Any]) -> Iterator[Breach]:
    """Status, eligibility and the days of leaving agree with each other."""
    status = values.get("status")
    if (status == "died") != (values.get("died_on") is not None):
        what = Sentence("died and a day of death go together, and only one of them is given")
        yield breach("status died_on", Sentence("Status"), what, Sentence("Give both, or none."))
    if status == "discontinued" and not values.get("discontinuation_reason"):
        yield breach("status discontinuation_reason", Sentence("Why the subject left"), Sentence("is missing"), Sentence("Fill it in."))
    if values.get("eligible") is False and not values.get("ineligible_reason"):
        yield breach("eligible ineligible_reason", Sentence("Why not eligible"), Sentence("is missing"), Sentence("Fill it in."))
    if status in ("eligible", "enrolled", "on study") and values.get("eligible") is False:
        what = Sentence("says the subject goes on, yet it is not eligible")
        yield breach("status eligible", Sentence("Status"), what, Sentence("Correct one of the two."))
