"""What pages compute is computed once: as long as the tables it rests on hold the same, the result stands."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from dashboard.findings import find, place_of
from dashboard.fingerprint import fingerprint
from dashboard.text import current_language
from dashboard.view import View

Given = ParamSpec("Given")
Found = TypeVar("Found")


def kept(compute: Callable[Concatenate[View, Given], Found]) -> Callable[Concatenate[View, Given], Found]:
    """Return ``compute`` with a memory: what it finds stands while no table that it read through the view has changed.

    It must read the record through the view alone and always find the same in the same; besides, only study, cut-off, protocol, role,
    language and plain values may go into it, which are the key. Readers share what is found, so nobody may change it.
    """

    @wraps(compute)
    def remembered(view: View, /, *given: Given.args, **options: Given.kwargs) -> Found:
        """What was found before for the same view, or is found now; who computes with it rests on the same tables."""
        key = fingerprint(place_of(compute), current_language(), view.place, view.protocol_print, given, sorted(options.items()))
        return find(key, view.marks, lambda: compute(view, *given, **options))

    return remembered
