"""The forms that correct or void a row: on the version that is seen, with a reason; what somebody else changed meanwhile is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.forms.choosing import choose_row, choose_subject
from dashboard.forms.conflict import show_conflict
from dashboard.forms.fields import ask, tell
from dashboard.forms.saving import entry_key, save
from dashboard.numbers import local_moment
from dashboard.parts.words import show_facts, show_missing, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.commands.correct_row import REASON, Correction, correct_row
from db.commands.recorded import Conflict
from db.commands.void_row import Voiding, void_row
from db.queries.entry import entry_values
from trial.entry.correctable import CORRECTABLE, TABLE_NAMES, VOIDABLE, label_of
from trial.entry.event import ATTRIBUTION_COLUMNS
from trial.entry.field import Field

SEEN_KEY = "entry-seen"
COLUMNS = 3
INSTANTS = ("known_from", "event_known_from", "decided_at")
"""Columns of what cannot be corrected that hold an instant."""


@dataclass(frozen=True)
class _Seen:
    """The version of a row that a person works on; ``mine`` and ``reason`` are the person's own, kept after a conflict."""

    table: str
    row: int
    known_from: datetime
    values: Mapping[str, Any]
    mine: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    conflict: Conflict | None = None


def show_correction(view: View) -> None:
    """Ask what is wrong in a row, what is right, and why."""
    _show_editor(view, "correct", tuple(CORRECTABLE), None)


def show_attribution(view: View) -> None:
    """Ask for the causes of an event, and whether it was expected."""
    _show_editor(view, "attribute", ("adverse_event",), ATTRIBUTION_COLUMNS)


def _show_editor(view: View, name: str, tables: tuple[str, ...], columns: frozenset[str] | None) -> None:
    chosen = _choose(view, tables, name)
    if chosen is None:
        return
    table, row, subject = chosen
    submit = f"{name}-save-{table}-{row}"
    seen = _see(view, table, row, submitting=bool(st.session_state.get(submit)))
    if seen is None:
        return
    fields = [part for part in CORRECTABLE[table] if columns is None or part.name in columns]
    key = f"{entry_key(name)}-{table}-{row}-{seen.known_from:%Y%m%d%H%M%S%f}"
    show_conflict(table, seen.conflict, seen.mine)
    with st.form(key, border=True):
        typed = _ask_all(fields, key, {**seen.values, **seen.mine})
        reason = ask(REASON, key, seen.reason)
        wanted = st.form_submit_button(say("Save the correction"), type="primary", key=submit)
    show_note(say("The version known from {moment} UTC. Only what you change is written.", moment=f"{seen.known_from:%Y-%m-%d %H:%M:%S}"))
    if wanted:
        changes = {part.name: typed[part.name] for part in fields if _differs(typed[part.name], seen.values.get(part.name))}
        conflict = save(view, correct_row, Correction(table, row, seen.known_from, changes, reason), subject=subject)
        _keep_conflict(seen, conflict, changes, reason)


def show_voiding(view: View) -> None:
    """Ask why a row should never have been there."""
    chosen = _choose(view, VOIDABLE, "void")
    if chosen is None:
        return
    table, row, subject = chosen
    submit = f"void-save-{table}-{row}"
    seen = _see(view, table, row, submitting=bool(st.session_state.get(submit)))
    if seen is None:
        return
    key = f"{entry_key('void')}-{table}-{row}"
    show_conflict(table, seen.conflict)
    told = [
        (translate(label_of(table, name)), _say_value(table, name, value, view.study.time_zone))
        for name, value in seen.values.items()
        if _tells(table, name, value)
    ]
    with st.container(border=True):
        show_facts(told)
    with st.form(key, border=True):
        reason = ask(REASON, key)
        wanted = st.form_submit_button(say("Void this row"), type="primary", key=submit)
    show_note(say("A voided row is gone from today on. Every day before it still shows it, and the audit trail keeps it with your reason."))
    if wanted:
        conflict = save(view, void_row, Voiding(table, row, seen.known_from, reason), subject=subject)
        _keep_conflict(seen, conflict, {}, reason)


def _choose(view: View, tables: tuple[str, ...], name: str) -> tuple[str, int, str] | None:
    """The row that is meant: its table, its key, and its subject."""
    *kind, second, third = st.columns([1, 1, 2] if len(tables) > 1 else [1, 2])
    table = tables[0]
    if kind:
        table = kind[0].selectbox(say("Kind"), tables, key=f"entry-{name}-table", format_func=lambda word: translate(TABLE_NAMES[word]))
    subject: str | None = ""
    if table != "committee_decision":  # which belongs to no subject
        with second:
            subject = choose_subject(view, name)
    if subject is None:
        return None
    with third:
        row = choose_row(view, table, subject, label=say("Row"))
    return None if row is None else (table, int(row.row), subject)


def _see(view: View, table: str, row: int, *, submitting: bool) -> _Seen | None:
    """The version that the form shows: the newest, or while a form is sent the one that it was filled in on."""
    kept = st.session_state.get(SEEN_KEY)
    seen = kept if isinstance(kept, _Seen) and (kept.table, kept.row) == (table, row) else None
    if seen and submitting:
        return seen
    found = view.read(entry_values, table=table, row=row)
    if found.empty:
        show_conflict(table, seen.conflict if seen else None)
        show_missing(say("This row is not in the record any more."), say("Choose another one."))
        return None
    texts = dict(zip(found["name"], found["value"], strict=True))
    known_from = _moment(texts["known_from"])
    if seen and seen.known_from == known_from:
        return seen
    fresh = _Seen(table, row, known_from, _read_values(table, texts, view.study.time_zone))
    if seen and seen.conflict and seen.conflict.known_from == known_from:
        fresh = replace(fresh, mine=seen.mine, reason=seen.reason, conflict=seen.conflict)
    st.session_state[SEEN_KEY] = fresh
    return fresh


def _read_values(table: str, texts: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """The columns that a person may correct, as their widgets show them; of any other table all texts."""
    if table not in CORRECTABLE:
        return {name: text for name, text in texts.items() if isinstance(text, str)}
    return {part.name: _typed(part, texts.get(part.name), zone) for part in CORRECTABLE[table]}


def _keep_conflict(seen: _Seen, conflict: Conflict | None, mine: Mapping[str, Any], reason: str) -> None:
    """Begin again on the version that holds now, with the person's own changes and what the other one did."""
    if conflict is None:
        return
    st.session_state[SEEN_KEY] = replace(seen, mine=dict(mine), reason=reason, conflict=conflict)
    st.rerun()


def _ask_all(fields: list[Field], key: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Every field with its value, three beside each other; long texts over the whole width."""
    typed: dict[str, Any] = {}
    short = [part for part in fields if part.kind != "long text"]
    for start in range(0, len(short), COLUMNS):
        for place, part in zip(st.columns(COLUMNS, vertical_alignment="bottom"), short[start : start + COLUMNS], strict=False):
            with place:
                typed[part.name] = ask(part, key, values.get(part.name))
    for part in fields:
        if part.kind == "long text":
            typed[part.name] = ask(part, key, values.get(part.name))
    return typed


def _typed(part: Field, text: Any, zone: str) -> Any:
    """A stored value as its widget shows it; instants local in the study's zone, with their offset."""
    if not isinstance(text, str):
        return None
    match part.kind:
        case "flag":
            return text == "true"
        case "day":
            return date.fromisoformat(text)
        case "choice":
            return next((word for word in part.words if str(word) == text), None)
        case "moment":
            return _moment(text).astimezone(ZoneInfo(zone)).isoformat(timespec="minutes")
        case _:
            return text


def _moment(text: Any) -> datetime:
    instant = datetime.fromisoformat(str(text))
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _differs(typed: Any, before: Any) -> bool:
    """Whether a widget holds something else than it was given; an empty text is nothing."""
    return (typed.strip() or None if isinstance(typed, str) else typed) != (before.strip() or None if isinstance(before, str) else before)


def _tells(table: str, name: str, value: Any) -> bool:
    """Whether a value says something of a row that is to be voided: what is empty or no does not."""
    fields = {part.name for part in CORRECTABLE.get(table, ())}
    return value not in (None, "", False) and (name in fields or table not in CORRECTABLE)


def _say_value(table: str, name: str, value: Any, zone: str) -> str:
    """A value in words: the closed ones in the reader's language, instants of the record in the study's zone."""
    if name in INSTANTS and table not in CORRECTABLE:
        return local_moment(value, zone)
    kinds = {part.name: part.kind for part in CORRECTABLE.get(table, ())}
    return tell(value) if kinds.get(name) in ("choice", "flag") or name == "decision" else str(value)
