"""What the composers of rows share: ids, known-from moments, and what other domains say of a subject."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any

from db.history import table_of
from db.importers.findings import Findings, Issue
from db.importers.knowledge import Knowledge
from db.importers.records import Record
from db.models import Known

Row = dict[str, Any]
Versions = list[Row]
"""All versions of one row, oldest first."""


@dataclass
class Plan:
    """One study on its way into the record."""

    study_id: int
    knowledge: Knowledge
    findings: Findings
    first_id: Callable[[type[Known]], int]
    subject_ids: dict[str, int] = field(default_factory=dict)
    cohort_ids: dict[str, int] = field(default_factory=dict)
    site_ids: dict[str, int] = field(default_factory=dict)
    level_ids: dict[str, int] = field(default_factory=dict)
    first_dose: dict[str, date] = field(default_factory=dict)
    dose_entered: dict[str, date] = field(default_factory=dict)
    """When the first dose of a subject was entered, where the export says so."""
    reference: dict[str, date] = field(default_factory=dict)
    died: dict[str, date] = field(default_factory=dict)
    _counters: dict[type[Known], Iterable[int]] = field(default_factory=dict)
    _blank: dict[type[Known], Row] = field(default_factory=dict)

    @property
    def time_zone(self) -> str:
        """The study's zone."""
        return self.knowledge.time_zone

    def row(self, model: type[Known], known_on: date, **values: Any) -> Row:
        """Return a complete row of ``model`` with the next id, known from ``known_on``; what is not given is missing."""
        if model not in self._counters:
            self._counters[model] = count(self.first_id(model))
            self._blank[model] = {column.name: None for column in table_of(model).columns} | {"study_id": self.study_id}
        number = next(iter(self._counters[model]))
        return self._blank[model] | values | {"id": number, "known_from": self.knowledge.moment(known_on)}

    def versions(self, row: Row, known_on: date, changes: Iterable[tuple[date | None, Mapping[str, Any]]]) -> Versions:
        """Return ``row`` and its later versions: each change holds from its day, or at once where it has none."""
        versions = [row]
        day = known_on
        for changed_on, fields in changes:
            day = max(day, changed_on or day, key=self.knowledge.moment)
            versions.append(versions[-1] | dict(fields) | {"known_from": self.knowledge.moment(day)})
        return versions

    def note(self, record: Record, kind: str, message: str, done: str, *, column: str | None = None, known_on: date | None = None) -> None:
        """Note something doubtful about one row."""
        self.findings.issues.append(Issue(kind, record.file, message, done, record.row, column, record.subject, known_on))


Composer = Callable[[Plan, Sequence[Record]], Iterable[Versions]]
"""Makes rows with their versions from the records of one domain."""
