"""What pages compute is computed once: as long as the tables it rests on hold the same, the result stands.

Every command makes a new version of the record, but changes few tables. A result is computed anew only where one of the tables that
it was computed from has another content; asking for them again costs little, and they are asked for only once a version.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from threading import Lock
from typing import Any, Concatenate, ParamSpec, TypeVar

from dashboard.findings import Reading, find_once, note_again, noting, place_of
from dashboard.fingerprint import fingerprint
from dashboard.text import current_language
from dashboard.view import View

MOST_KEPT = 400
"""How many results are kept over versions of the record, the least recently used dropped first."""

Given = ParamSpec("Given")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Finding:
    """A result, and what was read for it."""

    found: Any
    readings: tuple[Reading, ...]


_findings: OrderedDict[bytes, Finding] = OrderedDict()
_lock = Lock()


def kept(compute: Callable[Concatenate[View, Given], Found]) -> Callable[Concatenate[View, Given], Found]:
    """Return ``compute`` with a memory: what it finds stands while all tables that it read from the view hold the same.

    It must read the record through the view alone and always find the same in the same; besides, only study, cut-off, protocol, role,
    language and plain values may go into it, which are the key. Readers share what is found, so nobody may change it.
    """

    @wraps(compute)
    def remembered(view: View, /, *given: Given.args, **options: Given.kwargs) -> Found:
        """What was found before for the same view, or is found now; who computes with it rests on the same tables."""
        call = (place_of(compute), current_language(), given, sorted(options.items()))
        finding: Finding = find_once(fingerprint(call, view.key), lambda: _renew(view, call, lambda: compute(view, *given, **options)))
        note_again(finding.readings)
        found: Found = finding.found
        return found

    return remembered


def _renew(view: View, call: tuple[Any, ...], compute: Callable[[], Any]) -> Finding:
    """What the latest version had, where its tables hold the same still; else what is found now."""
    key = fingerprint(call, view.place, view.protocol)
    with _lock:
        latest = _findings.get(key)
    if latest is None or not _holds(view, latest):
        with noting() as noted:
            found = compute()
        once = {fingerprint(place_of(one.asked.query), one.asked.as_of, one.asked.filters, one.content): one for one in noted}
        latest = Finding(found, tuple(once.values()))
    with _lock:
        _findings[key] = latest
        _findings.move_to_end(key)
        while len(_findings) > MOST_KEPT:
            _findings.popitem(last=False)
    return latest


def _holds(view: View, finding: Finding) -> bool:
    """Whether everything that was read for a finding holds the same now."""
    with noting():
        return all(fingerprint(view.read_again(one.asked)) == one.content for one in finding.readings)


def forget_findings() -> None:
    """Drop everything read and computed, so that the next page does it all anew (for measuring)."""
    find_once.clear()
    with _lock:
        _findings.clear()
