"""What a figure rests on, in one line below it: population, cut-off and the version of the grading."""

from dashboard.parts.words import show_note
from dashboard.text import say
from dashboard.view import View


def show_basis(view: View, population: str, *more: str) -> None:
    """Show whom a figure counts (``population``, with its number), up to when, by which CTCAE; then the sentences ``more``."""
    version = view.study.ctcae_version or say("not stated")
    words = say(
        "{population} · as known at the end of {day} · CTCAE {version}.", population=population, day=view.as_of.day, version=version
    )
    show_note(" ".join([words, *(part for part in more if part)]))


def name_dosed(dosed: int) -> str:
    """Return in words that all dosed subjects are counted."""
    return say("Dosed subjects, n = {n}", n=f"{dosed:,}")


def name_operated(subjects: int) -> str:
    """Return in words that all subjects with a procedure are counted."""
    return say("Subjects with a procedure, n = {n}", n=f"{subjects:,}")
