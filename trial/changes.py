"""What has changed since an earlier look, in words: the sentence a committee reads first, and one change of one row."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from trial.sentence import Sentence

Kind = str

TEMPLATES: Final[Mapping[Kind, tuple[str, str]]] = {
    "event new": ("{count} event new", "{count} events new"),
    "event upgraded": ("{count} upgraded", "{count} upgraded"),
    "event downgraded": ("{count} downgraded", "{count} downgraded"),
    "event voided": ("{count} voided", "{count} voided"),
    "DLT assessment changed": ("{count} DLT assessment changed", "{count} DLT assessments changed"),
    "subject new": ("{count} subject new", "{count} subjects new"),
    "subject dosed": ("{count} subject dosed", "{count} subjects dosed"),
    "subject discontinued": ("{count} subject discontinued", "{count} subjects discontinued"),
    "subject died": ("{count} subject died", "{count} subjects died"),
    "decision new": ("{count} committee decision new", "{count} committee decisions new"),
    "other correction": ("{count} other row corrected or completed", "{count} other rows corrected or completed"),
}
"""Each kind of change in the order in which a safety committee asks, with its words for one and for several."""

KINDS: Final = tuple(TEMPLATES)

ALONE: Final[Mapping[Kind, tuple[str, str]]] = {
    "event upgraded": ("{count} event upgraded", "{count} events upgraded"),
    "event downgraded": ("{count} event downgraded", "{count} events downgraded"),
    "event voided": ("{count} event voided", "{count} events voided"),
}
"""The words of a kind that is the first to speak of events."""

SAID_OF_NEW: Final[Mapping[str, tuple[str, ...]]] = {
    "adverse_event": ("grade", "severity", "serious", "dlt", "onset_text"),
    "subject": ("status", "screened_on"),
    "administration": ("first_on", "delivered_amount", "amount_unit"),
    "committee_decision": ("decision", "rationale"),
    "decision_signature": ("meaning", "signer", "role"),
    "complication_check": ("complication", "period", "answer", "checked_on"),
}
"""What is told of a row that came in, by table; of others everything."""

NEVER_SAID: Final = frozenset({"id", "study_id", "known_from"})
LONGEST_VALUE = 80
NOTHING = "-"


def describe_changes(counts: Mapping[Kind, int], since: date) -> Sentence | None:
    """Return what has changed since the end of the day ``since``, in one sentence; None when nothing has.

    ``counts`` are CHANGE_COUNTS as a mapping; kinds without a change are left out.
    """
    said: list[Sentence] = []
    for kind in KINDS:
        if count := counts.get(kind, 0):
            one, several = TEMPLATES[kind] if said or kind not in ALONE else ALONE[kind]
            said.append(Sentence(one if count == 1 else several, count=f"{count:,}"))
    if not said:
        return None
    listed = said.pop()
    while said:
        listed = Sentence("{change}, {changes}", change=said.pop(), changes=listed)
    return Sentence("Since {day}: {changes}", day=since.isoformat(), changes=listed)


def compare_rows(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[tuple[str, Any, Any]]:
    """Return what differs between two versions of a row: field, value before and value after; None where there is none.

    A row that came in has no version before, one that was voided none after. Keys and the known-from moment are left out.
    """
    old, new = before or {}, after or {}
    fields = [name for name in {**old, **new} if name not in NEVER_SAID]
    return [(name, old.get(name), new.get(name)) for name in fields if old.get(name) != new.get(name)]


def describe_row(table: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    """Return what happened to a row of ``table`` in words: ``grade: 2 → 3; serious: no → yes``; long values are cut."""
    differences = compare_rows(before, after)
    if before is None or after is None:
        only = [(name, old if after is None else new) for name, old, new in differences if _is_told(table, name)]
        return "; ".join(f"{_words(name)}: {_value(value)}" for name, value in only)
    return "; ".join(f"{_words(name)}: {_value(old)} → {_value(new)}" for name, old, new in differences)


def _is_told(table: str, name: str) -> bool:
    """Whether a field of a row that came in or went is told; keys of other rows say nothing to a reader."""
    return name in SAID_OF_NEW[table] if table in SAID_OF_NEW else not name.endswith("_id")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _value(value: Any) -> str:
    """A value as a reader writes it."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        text = ", ".join(f"{_value(part)} {_words(str(name))}" for name, part in value.items())
    elif isinstance(value, (list, tuple)):
        text = ", ".join(_value(part) for part in value)
    else:
        text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
