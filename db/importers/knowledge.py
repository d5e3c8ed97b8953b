"""When the trial team came to know each row of an import, from the dates that the export carries.

A row is known from the time it was entered, where the export says so (`db.importers.entry_time`), else from its own collection
date, else from the day it happened, but not before its subject entered the trial. What happened on a day is known from the
beginning of that day in the study's zone, so that the view of a day includes it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from db.importers.domains import DOMAINS
from db.importers.entry_time import ENTRY_TIME, EntryDay
from db.importers.findings import Findings, Issue
from db.importers.records import Record

EARLIEST = date(1900, 1, 1)
"""Dates before are taken for mistakes."""

ENTRY_DATES: Mapping[str, tuple[str, ...]] = {
    "DM": ("RFICDTC", "DMDTC", "RFSTDTC", "RFXSTDTC"),
    "EX": ("EXDTC", "EXSTDTC"),
    "EC": ("ECDTC", "ECSTDTC"),
    "AE": ("AEDTC",),
    "DS": ("DSDTC", "DSSTDTC"),
    "SV": ("SVSTDTC",),
    "VS": ("VSDTC",),
    "LB": ("LBDTC",),
    "NV": ("NVDTC",),
    "CM": ("CMDTC",),
    "MH": ("MHDTC",),
    "PR": ("PRDTC",),
}
"""The dates of each domain that show a subject to be in the trial (starts of events and histories may lie long before)."""


class Knowledge:
    """The days from which subjects and rows are known, and the first and last day of the study's data."""

    def __init__(self, records: Mapping[str, Sequence[Record]], time_zone: str, imported_on: date, findings: Findings) -> None:
        self.time_zone = time_zone
        self._zone = ZoneInfo(time_zone)
        self._imported_on = imported_on
        self._start_of = lru_cache(maxsize=None)(self._moment)
        days = list(_plausible_days(records, imported_on, findings))
        self.through = max(days, default=imported_on)
        self._entered = self._first_days(records)
        first = min(self._entered.values(), default=self.through)
        self.start = date(first.year, first.month, first.day)

    def moment(self, day: date) -> datetime:
        """Return the instant (UTC) from which something of ``day`` is known: the start of the day, or when it was entered."""
        return day.instant if isinstance(day, EntryDay) else self._start_of(day)

    def _moment(self, day: date) -> datetime:
        """The instant (UTC) from which something of ``day`` is known; nothing is known later than the data reach."""
        local = datetime.combine(min(day, self.through), time(), self._zone)
        return local.astimezone(UTC)

    def entered(self, subject: str) -> date:
        """Return the first day on which a subject is known to the trial."""
        return self._entered.get(subject, self.start)

    def day_of(self, record: Record, *collected: str, happened: date | None = None) -> date:
        """Return the day from which a row is known: when it was entered, else the first whole date in ``collected``, else the
        day it ``happened``.
        """
        entry = self.entry_of(record)
        if entry is not None:
            return entry
        for name in collected:
            value = record.date(name)
            if value is not None and value.day is not None and value.day >= EARLIEST:
                return max(value.day, self.start)
        entered = self.entered(record.subject)
        return max(happened, entered) if happened is not None else entered

    def entry_of(self, record: Record) -> date | None:
        """Return when a row was entered; None where the export does not say, or says what cannot be."""
        value = record.date(ENTRY_TIME)
        if value is None or value.day is None or not EARLIEST <= value.day <= self._imported_on:
            return None
        instant = value.instant(self.time_zone)
        return EntryDay.at(instant.astimezone(self._zone).date(), instant) if instant is not None else value.day

    def _first_days(self, records: Mapping[str, Sequence[Record]]) -> dict[str, date]:
        """The first day on which each subject shows in the trial."""
        first: dict[str, date] = {}
        for code, names in ENTRY_DATES.items():
            for record in records.get(code, ()):
                for day in self._days_of(record, names):
                    if record.subject not in first or self.moment(day) < self.moment(first[record.subject]):
                        first[record.subject] = day
        return first

    def _days_of(self, record: Record, names: Iterable[str]) -> list[date]:
        """The days on which a row can first have been known."""
        entry = self.entry_of(record)
        if entry is not None:
            return [entry]
        values = (record.date(name) for name in names)
        return [value.day for value in values if value is not None and value.day is not None and EARLIEST <= value.day <= self.through]


def _plausible_days(records: Mapping[str, Sequence[Record]], imported_on: date, findings: Findings) -> Iterable[date]:
    """Every whole date of an export that can be true on the day of import; the others are noted."""
    for code, rows in records.items():
        names = [*(variable.name for variable in DOMAINS[code].variables if variable.kind == "date"), ENTRY_TIME]
        for record in rows:
            for name in names:
                value = record.date(name)
                if value is None or value.day is None:
                    continue
                if EARLIEST <= value.day <= imported_on:
                    yield value.day
                else:
                    what = f"{value.day} lies {'after the day of import' if value.day > imported_on else 'before 1900'}"
                    done = "kept; not used to tell when it was known"
                    findings.issues.append(Issue("implausible date", record.file, what, done, record.row, name, record.subject))
