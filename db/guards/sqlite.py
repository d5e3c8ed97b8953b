"""The guards of SQLite: triggers that call functions which only this program's connections have.

A connection without them cannot write a guarded table at all: its statement fails with "no such function".
"""

from collections.abc import Iterator
from typing import Any

from db.guards.canonical import compute_hash, encode_row
from db.guards.guarded import CHAIN, ENTRY_COLUMNS, Guarded, guarded_tables

GENESIS = "0" * 64
"""What the first entry names as the hash before it."""

Act = dict[str, str | None]


class Teller:
    """What a connection tells its triggers: who acts and why, a row as JSON, and the seal of an entry."""

    def __init__(self) -> None:
        self.act: Act | None = None
        self._columns = {guarded.name: guarded.columns for guarded in guarded_tables()}
        self._sealed: tuple[Any, ...] = ()

    def said(self, what: str) -> str | None:
        """Return one particular of the act that is going on; None when nobody said who acts."""
        return self.act[what] if self.act else None

    def row(self, table: str, *values: Any) -> str:
        """Return the row of a guarded table as JSON."""
        return encode_row(self._columns[table], values)

    def seal(self, *fields: Any) -> str:
        """Return the hash of an entry, given all its other columns in order, and remember it."""
        seal = compute_hash(fields)
        self._sealed = (*fields, seal)
        return seal

    def fits(self, *fields: Any) -> bool:
        """Return whether the last of the columns of an entry is the hash of the others."""
        return fields == self._sealed or compute_hash(fields[:-1]) == fields[-1]

    def register(self, connection: Any) -> None:
        """Give a driver's connection the functions that the triggers call."""
        connection.create_function("firstwatch_said", 1, self.said)
        connection.create_function("firstwatch_row", -1, self.row)
        connection.create_function("firstwatch_seal", -1, self.seal)
        connection.create_function("firstwatch_fits", -1, self.fits)


def make_triggers() -> Iterator[tuple[str, str]]:
    """Yield the name and the statement of every trigger."""
    yield from _guard_chain()
    for guarded in guarded_tables():
        yield from _guard_table(guarded)
        if guarded.history is not None:
            yield from _guard_history(guarded.history.name)


def _guard_chain() -> Iterator[tuple[str, str]]:
    """The chain only grows, by an entry that follows its head."""
    new = ", ".join(f"NEW.{_quote(name)}" for name in ENTRY_COLUMNS)
    yield _trigger(
        f"{CHAIN}_follows",
        f"BEFORE INSERT ON {CHAIN}",
        _refuse(
            "an audit entry must follow the head of the chain",
            f"NEW.sequence <> {_HEAD_NUMBER} + 1 OR NEW.previous_hash <> {_HEAD_HASH} OR NOT firstwatch_fits({new})",
        ),
    )
    yield from _never_changes(CHAIN, "the audit trail is never changed")


def _guard_history(name: str) -> Iterator[tuple[str, str]]:
    """A version enters the history only with the audit entry that ended it, and stays."""
    table = name.removesuffix("_history")
    entry = f"SELECT 1 FROM {CHAIN} WHERE sequence = NEW.change_number AND table_name = '{table}' AND row_key = NEW.id"
    condition = f"NEW.change_number <> {_HEAD_NUMBER} OR NOT EXISTS ({entry} AND change IN ('update', 'delete'))"
    again = f"EXISTS (SELECT 1 FROM {name} WHERE change_number = NEW.change_number)"
    yield _trigger(
        f"{name}_follows", f"BEFORE INSERT ON {name}", _refuse("history is written by the guards alone", f"{condition} OR {again}")
    )
    yield from _never_changes(name, "history is never changed")


def _never_changes(name: str, why: str) -> Iterator[tuple[str, str]]:
    for act in ("UPDATE", "DELETE"):
        yield _trigger(f"{name}_refuses_{act.lower()}", f"BEFORE {act} ON {name}", _refuse(why, "1"))


def _guard_table(guarded: Guarded) -> Iterator[tuple[str, str]]:
    """Every change of a row leaves an audit entry, and its old version in the history."""
    name = guarded.name
    nobody = _refuse("nobody is named who writes", "firstwatch_said('actor') IS NULL")
    unexplained = _refuse("a correction needs a reason", "trim(coalesce(firstwatch_said('reason'), '')) = ''")
    yield _trigger(f"{name}_is_told", f"BEFORE INSERT ON {name}", nobody)
    yield _trigger(f"{name}_is_explained", f"BEFORE UPDATE ON {name}", nobody + unexplained + _same_row(guarded))
    yield _trigger(f"{name}_is_voided", f"BEFORE DELETE ON {name}", nobody + unexplained + _later(guarded, "firstwatch_said('known_from')"))
    known = guarded.history is not None
    said = "firstwatch_said('known_from')"
    yield _trigger(f"{name}_records_insert", f"AFTER INSERT ON {name}", _entry(guarded, "insert", "NEW.known_from" if known else said))
    yield _trigger(
        f"{name}_records_update",
        f"AFTER UPDATE ON {name}",
        _entry(guarded, "update", "NEW.known_from" if known else said) + _keep(guarded, "NEW.known_from"),
    )
    yield _trigger(f"{name}_records_delete", f"AFTER DELETE ON {name}", _entry(guarded, "delete", said) + _keep(guarded, said))


def _same_row(guarded: Guarded) -> str:
    """A correction keeps the row's key and study, and is known later than what it corrects."""
    fixed = ["id", *(["study_id"] if guarded.study == "study_id" else [])]
    changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in fixed)
    return _refuse("a correction keeps the key and the study of its row", changed) + _later(guarded, "NEW.known_from")


def _later(guarded: Guarded, moment: str) -> str:
    if guarded.history is None:
        return ""
    return _refuse("a correction must be known later than what it corrects", f"{moment} <= OLD.known_from")


def _entry(guarded: Guarded, change: str, known_from: str) -> str:
    """The statement that appends the audit entry of one change; the row's JSON is made once and used twice."""
    side = "OLD" if change == "delete" else "NEW"
    before = "NULL" if change == "insert" else _row(guarded, "OLD")
    after = "NULL" if change == "delete" else _row(guarded, "NEW")
    study = "NULL" if guarded.study is None else f"{side}.{guarded.study}"
    said = [f"firstwatch_said('{what}')" for what in ("actor", "role", "session", "act")]
    fields = [
        "h.number + 1", "firstwatch_said('at')", known_from, *said, study, f"'{change}'", f"'{guarded.name}'", f"{side}.id",
        "r.before", "r.after", "firstwatch_said('reason')", "h.hash",
    ]  # fmt: skip
    listed = ", ".join(fields)
    head = f"(SELECT {_HEAD_NUMBER} AS number, {_HEAD_HASH} AS hash LIMIT 1) AS h"
    rows = f"(SELECT {before} AS before, {after} AS after LIMIT 1) AS r"
    columns = ", ".join(_quote(name) for name in ENTRY_COLUMNS)
    return f"INSERT INTO {CHAIN} ({columns}) SELECT {listed}, firstwatch_seal({listed}) FROM {head}, {rows}; "


def _keep(guarded: Guarded, valid_to: str) -> str:
    """The statement that moves the old version into the history, under the number of its audit entry."""
    if guarded.history is None:
        return ""
    columns = ", ".join(_quote(name) for name in guarded.columns)
    old = ", ".join(f"OLD.{_quote(name)}" for name in guarded.columns)
    return f"INSERT INTO {guarded.history.name} (change_number, {columns}, valid_to) SELECT {_HEAD_NUMBER}, {old}, {valid_to}; "


def _row(guarded: Guarded, side: str) -> str:
    values = ", ".join(f"{side}.{_quote(name)}" for name in guarded.columns)
    return f"firstwatch_row('{guarded.name}', {values})"


def _refuse(why: str, when: str) -> str:
    return f"SELECT RAISE(ABORT, 'firstwatch: {why}') WHERE {when}; "


def _trigger(name: str, event: str, body: str) -> tuple[str, str]:
    return f"guard_{name}", f"CREATE TRIGGER guard_{name} {event} BEGIN {body}END"


def _quote(name: str) -> str:
    return f'"{name}"'


_HEAD_NUMBER = f"coalesce((SELECT max(sequence) FROM {CHAIN}), 0)"
_HEAD_HASH = f"coalesce((SELECT hash FROM {CHAIN} ORDER BY sequence DESC LIMIT 1), '{GENESIS}')"
