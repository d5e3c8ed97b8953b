"""Writing a story into the record: ids in the order of knowing, nothing that is known after the cut, all in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from sqlmodel import Session

from db.commands.bulk import next_id
from db.history import insert_versions
from db.models import Known
from synthetic.clock import NEVER, Ints, as_instant

CHUNK = 5_000
"""Rows built and inserted at a time, so that a large trial does not have to fit into memory."""

Values = dict[str, Any]
Ids = Mapping[type[Known], Ints]


@dataclass(frozen=True)
class Rows:
    """All rows of one model: when each is first known (UTC minutes), and how to build some of them.

    ``build`` takes row numbers and the ids of every model written before, and returns for each row its versions without
    ``id`` and ``study_id``, oldest first.
    """

    model: type[Known]
    known: Ints
    build: Callable[[Sequence[int], Ids], list[list[Values]]]


def make_versions(first: Values, changes: Sequence[tuple[int, Values]]) -> list[Values]:
    """Return the versions of a row: ``first``, and one more for each change (UTC minute, changed values), in time order."""
    versions = [first]
    for minute, change in sorted(changes, key=lambda item: item[0]):
        if minute != NEVER:
            known = max(_instant(minute), versions[-1]["known_from"])
            versions.append({**versions[-1], **change, "known_from": known})
    return versions


def _instant(minute: int) -> datetime:
    instant = as_instant(minute)
    assert instant is not None
    return instant


@dataclass
class Writer:
    """Writes rows of one study, cut at ``moment`` (UTC minutes); counts what was written by table."""

    session: Session
    study_id: int
    moment: int
    advance: Callable[[int], None]
    ids: dict[type[Known], Ints] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)

    def write(self, rows: Rows) -> None:
        """Insert every row known before the cut with the versions known before it."""
        order = np.argsort(rows.known, kind="stable")
        order = order[rows.known[order] < self.moment]
        ids = np.zeros(len(rows.known), dtype=np.int64)
        ids[order] = next_id(self.session, rows.model) + np.arange(len(order))
        self.ids[rows.model] = ids
        for start in range(0, len(order), CHUNK):
            chunk = order[start : start + CHUNK].tolist()
            built = rows.build(chunk, self.ids)
            insert_versions(self.session, rows.model, [self._cut(versions, int(ids[i])) for i, versions in zip(chunk, built, strict=True)])
            self.advance(len(chunk))
        self.written[str(rows.model.__tablename__)] = len(order)

    def _cut(self, versions: Sequence[Values], row_id: int) -> list[Values]:
        """The versions known before the cut, with their keys."""
        moment = _instant(self.moment)
        kept = [version for version in versions if version["known_from"] < moment]
        for version in kept:
            version["id"] = row_id
            version["study_id"] = self.study_id
        return kept


def known_now(rows: Rows, moment: int) -> Ints:
    """Return the row numbers known before ``moment``."""
    return np.flatnonzero(rows.known < moment)


def simple_rows(model: type[Known], known: Sequence[int] | Ints, build_one: Callable[[int, Ids], list[Values]]) -> Rows:
    """Return rows that are built one at a time by ``build_one``."""
    return Rows(model, np.asarray(known, dtype=np.int64), lambda chunk, ids: [build_one(index, ids) for index in chunk])
