"""Pictures are drawn once: the same tables, options and language give the same figure, so a rerun need not draw it again."""

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import ParamSpec

import plotly.graph_objects as go

from dashboard.fingerprint import fingerprint
from dashboard.text import current_language

MOST_PICTURES = 200
"""How many figures are kept, the least recently shown dropped first; a figure of 300 lanes takes about a megabyte."""

Given = ParamSpec("Given")

_drawn: OrderedDict[bytes, go.Figure] = OrderedDict()
_lock = Lock()


def drawn_once(draw: Callable[Given, go.Figure]) -> Callable[Given, go.Figure]:
    """Return ``draw`` with a memory: nothing but equal tables, options and language is given an earlier figure, which nobody may change.

    The key is a digest of everything given, each cell included, so a reader is never shown a figure of data he was not given.
    """

    @wraps(draw)
    def remembered(*given: Given.args, **options: Given.kwargs) -> go.Figure:
        """The figure drawn before for the same tables, options and language, or a new one."""
        key = fingerprint(draw.__module__, draw.__qualname__, current_language(), given, sorted(options.items()))
        with _lock:
            if key in _drawn:
                _drawn.move_to_end(key)
                return _drawn[key]
        figure = draw(*given, **options)
        with _lock:
            _drawn[key] = figure
            while len(_drawn) > MOST_PICTURES:
                _drawn.popitem(last=False)
        return figure

    return remembered


def forget_pictures() -> None:
    """Drop every figure kept, so that the next of each is drawn anew (for measuring)."""
    with _lock:
        _drawn.clear()
