"""A death that no fatal event accounts for, in words."""

from datetime import date

from trial.sentence import Sentence

DEATH = "death"
"""Stands for the code of an event where a death without one is counted."""


def describe_death(died_on: date | None, *, on_record: bool) -> Sentence:
    """Return when a subject died, and that no fatal event is on record, or (``on_record``) only one that began before the treatment."""
    why = Sentence("no fatal event on record")
    if on_record:
        why = Sentence("the fatal event on record began before the treatment")
    if died_on is None:
        return Sentence("died, day not recorded, {why}", why=why)
    return Sentence("died on {day}, {why}", day=died_on, why=why)
