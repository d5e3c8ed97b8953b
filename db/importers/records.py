"""Typed rows of SDTM domains: text becomes numbers, dates and flags by the declared columns, and nothing else."""

import hashlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from db.importers.domains import Domain, Variable
from db.importers.entry_time import ENTRY_TIME, add_entry_variable, find_entry_column
from db.importers.findings import Findings, Issue
from db.importers.raw import RawTable
from trial.dates import CollectedDate, read_collected_date

_DATE_CURE = "Correct the date in the source and export again."


class Record(NamedTuple):
    """One row of a domain with typed values; ``row`` is its data row in ``file``, ``places`` where each column stands."""

    file: str
    row: int
    places: Mapping[str, int]
    values: tuple[Any, ...]

    def value(self, name: str) -> Any:
        """Return the value in a column; None when it is missing or the domain has no such column."""
        place = self.places.get(name)
        return None if place is None else self.values[place]

    @property
    def subject(self) -> str:
        """The subject's USUBJID."""
        return str(self.values[self.places["USUBJID"]])

    def text(self, *names: str) -> str | None:
        """Return the first of the named columns that holds text."""
        for name in names:
            value: str | None = self.value(name)
            if value:
                return value
        return None

    def upper(self, *names: str) -> str:
        """Return the same text in upper case; "" when there is none."""
        return (self.text(*names) or "").upper()

    def number(self, name: str) -> float | None:
        """Return the number in a column."""
        value: float | None = self.value(name)
        return value

    def flag(self, name: str) -> bool | None:
        """Return the Y or N in a column."""
        value: bool | None = self.value(name)
        return value

    def date(self, name: str) -> CollectedDate | None:
        """Return the date in a column as it was collected."""
        value: CollectedDate | None = self.value(name)
        return value


def convert(table: RawTable, domain: Domain, findings: Findings, entry_time: str | None = None) -> list[Record]:
    """Return the rows of ``table`` as records of ``domain``; ``entry_time`` is the column that is asked for as such.

    Broken rows, missing required columns and impossible dates are noted as faults; numbers and flags that are none become
    missing, as issues.
    """
    for row, what in table.broken:
        findings.fault(table.file, what, "Export it again: each column once, each row with all columns.", row=row)
    for variable in domain.variables:
        _report_absent(table, domain, variable, findings)
    dropped = table.drop_blank_rows()
    if dropped:
        findings.issues.append(Issue("blank rows", table.file, f"has {dropped} rows without any value", "left out"))
    if not table.numbers:
        findings.issues.append(Issue("no rows", table.file, f"is the dataset {domain.code} without any row", "read as empty"))
    for kind, message, done in table.notes:
        findings.issues.append(Issue(kind, table.file, message, done))
    entered = find_entry_column(table.columns, domain, entry_time)
    variables = add_entry_variable(domain, entered)
    columns = [_convert_column(table, variable, findings) for variable in variables]
    places = {variable.name: place for place, variable in enumerate(variables)}
    if entered is not None:
        places[ENTRY_TIME] = places[entered]
    return [Record(table.file, number, places, cells) for number, cells in zip(table.numbers, zip(*columns, strict=True), strict=True)]


def _report_absent(table: RawTable, domain: Domain, variable: Variable, findings: Findings) -> None:
    """Note a required column that is absent as a fault; an expected one that is absent or blank throughout as an issue."""
    if variable.name not in table.columns:
        findings.absent.add((table.file, variable.name))
        if variable.required:
            cure = f"Export {domain.code} with the column {variable.name}."
            findings.fault(table.file, "lacks a required column", cure, column=variable.name)
        elif variable.expected:
            message = f"{domain.code} has no column {variable.name}"
            findings.issues.append(Issue("column absent", table.file, message, "read as missing", column=variable.name))


def _convert_column(table: RawTable, variable: Variable, findings: Findings) -> list[Any]:
    """The typed values of one column; a cell that cannot be read is noted and missing."""
    cells = table.values(variable.name)
    if variable.kind == "text":
        return [cell or None for cell in cells]
    reader = _READERS[variable.kind]
    if table.decimal_comma and variable.kind == "number":
        cells = [cell.replace(",", ".") for cell in cells]
    values: list[Any] = []
    for i, cell in enumerate(cells):
        try:
            values.append(reader(cell) if cell else None)
        except ValueError as error:
            values.append(None)
            _note_unread(table, i, variable, str(error), findings)
    return values


def _note_unread(table: RawTable, i: int, variable: Variable, what: str, findings: Findings) -> None:
    """Note a cell that could not be read: an impossible date refuses the import, anything else is missing."""
    if variable.kind == "date":
        cell = table.values(variable.name)[i]
        if not _LIKE_A_DATE.fullmatch(cell):  # what is no date may be anything, a name too: the place must do
            what = "holds something that is not an ISO 8601 date such as 2014-02-28, 2014-02 or 2014"
        findings.fault(table.file, what, _DATE_CURE, row=table.numbers[i], column=variable.name)
        return
    subject = table.values("USUBJID")[i] or None
    findings.issues.append(Issue(what, table.file, _UNREAD[what], "read as missing", table.numbers[i], variable.name, subject))


def _read_number(cell: str) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("not a number")
    return number


def _read_flag(cell: str) -> bool | None:
    if cell.upper() not in _ANSWERS:
        raise ValueError("not yes or no")
    return _ANSWERS[cell.upper()]


def _read_code(cell: str) -> str:
    """A sequence or visit number as text; 1.0, as numbers come out of some exports, is 1."""
    whole, point, rest = cell.partition(".")
    return whole if point and not rest.strip("0") else cell


_LIKE_A_DATE = re.compile(r"\d{1,4}([-/. ](\d{1,2}|[A-Za-z]{3}|-)){0,2}([-/. ]\d{2,4})?([T ][\d:.,]{0,15}(Z|[+-][\d:]{1,5})?)?")
_UNREAD = {"not a number": "does not hold a number", "not yes or no": "holds neither Y nor N"}
_ANSWERS: Mapping[str, bool | None] = {"Y": True, "N": False, "U": None, "NA": None, "YES": True, "NO": False}
_READERS: Mapping[str, Callable[[str], Any]] = {
    "date": read_collected_date,
    "number": _read_number,
    "flag": _read_flag,
    "code": _read_code,
}


def digest_of(records: Mapping[str, Sequence[Record]], settings: str = "") -> str:
    """Return the SHA-256 of what ``records`` (by domain) say, whatever their files, packing, order or unread columns.

    ``settings`` is whatever else decides what is recorded (protocol file, time zone).
    """
    rows_of_all = ("\x1f".join((code, *map(_to_text, record.values))) for code, rows in records.items() for record in rows)
    seals = sorted(hashlib.blake2b(row.encode("utf-8", "surrogatepass"), digest_size=16).digest() for row in rows_of_all)
    whole = hashlib.sha256(settings.encode("utf-8", "surrogatepass"))
    for seal in seals:
        whole.update(seal)
    return whole.hexdigest()


def _to_text(value: Any) -> str:
    if value is None:
        return ""
    return value.text if isinstance(value, CollectedDate) else str(value)
