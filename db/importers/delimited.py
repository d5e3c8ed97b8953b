"""Delimited text (CSV and its relatives): read as text, cell by cell, with nothing guessed about types."""

import codecs
import csv
import io
import re

from db.importers.findings import Findings
from db.importers.raw import RawTable
from db.importers.sources import Source

ROWS_LIMIT = 2_000_000
COLUMNS_LIMIT = 1_000
CELL_LIMIT = 100_000
DELIMITERS = (",", ";", "\t", "|")
_CURE = "Export it again as CSV (UTF-8, comma-separated, every row with all columns)."
_NUMERIC = re.compile(r"[A-Z]{2}(SEQ|DY|STDY|ENDY|STRESN|STNRLO|STNRHI|DOSE|DTC|STDTC|ENDTC)|RF\w+DTC|AGE|VISITNUM|VISITDY|DTHDTC")
"""Names of SDTM variables that hold numbers or dates, in which NA cannot be a value."""


class TextFault(ValueError):
    """Text that cannot be read as a table; the text says why."""


def read_delimited(source: Source, findings: Findings) -> RawTable | None:
    """Return the table in ``source``, or None after noting a fault; rows that do not fit go into its ``broken``."""
    try:
        text, note = _decode(source.content)
        rows, delimiter = _read_rows(text)
    except TextFault as fault:
        findings.fault(source.name, str(fault), _CURE)
        return None
    table = _to_raw(source, rows, delimiter)
    if note:
        table.notes.append(note)
    return table


def _decode(content: bytes) -> tuple[str, tuple[str, str, str] | None]:
    """The text of a file: UTF-8 or UTF-16 by its mark, else UTF-8, else Windows-1252 with a note."""
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text or not text.strip():
            raise TextFault("is empty" if not text.strip() else "is not a text file")
        note = ("encoding", "is not UTF-8", "read as cp1252") if encoding == "cp1252" else None
        return text, note
    raise TextFault("is not a text file")


def _read_rows(text: str) -> tuple[list[list[str]], str]:
    """The rows of ``text``, header first, empty lines left out; and the delimiter, the one most frequent in the header.

    Where NA is the marker of a missing value (R writes it so, without quotation marks), it is read as missing.
    """
    header = text.lstrip().split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=header.count)
    quoted = [cell.startswith('"') for cell in header.strip().split(delimiter)]
    if all(quoted):  # then text is quoted, and a bare NA is no text
        return _parse(_blank_markers(text, delimiter), delimiter), delimiter
    rows = _parse(text, delimiter)
    certain = [i for i, name in enumerate(rows[0]) if _NUMERIC.fullmatch(name.strip().upper())]
    if any(row[i] == "NA" for row in rows for i in certain if i < len(row)):
        rows = _parse(_blank_markers(text, delimiter), delimiter)
    return rows, delimiter


def _blank_markers(text: str, delimiter: str) -> str:
    """The text without its unquoted cells NA; whole quoted cells are skipped over, so that NA inside them stays."""
    mark = re.escape(delimiter)
    pattern = re.compile(rf'"[^"]*"|(?<![^{mark}\r\n])NA(?![^{mark}\r\n])')
    return pattern.sub(lambda found: "" if found[0] == "NA" else found[0], text)


def _parse(text: str, delimiter: str) -> list[list[str]]:
    """The rows of ``text``; raises TextFault for unbalanced quotation marks, giant cells, too many columns or rows."""
    rows: list[list[str]] = []
    cells: dict[str, str] = {}  # equal cells share one text: an export says the same words over and over
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if row:
                rows.append([cells.setdefault(cell, cell) for cell in map(str.strip, row)])
            if len(row) > 10 * COLUMNS_LIMIT or (len(rows) == 1 and len(row) > COLUMNS_LIMIT):
                raise TextFault(f"has {len(row):,} columns, more than {COLUMNS_LIMIT:,}")
            if len(rows) > ROWS_LIMIT + 1:
                raise TextFault(f"has more than {ROWS_LIMIT:,} rows")
    except csv.Error as error:
        what = "a quotation mark is not closed" if "unexpected end" in str(error) else str(error)
        raise TextFault(f"cannot be read after data row {max(len(rows) - 1, 0):,}: {what}") from None
    return rows


def _to_raw(source: Source, rows: list[list[str]], delimiter: str) -> RawTable:
    """Rows as columns with upper-case names; cells beyond the last named column are dropped when empty."""
    names = [name.strip().upper() for name in rows[0]]
    while names and not names[-1]:
        names.pop()
    broken: list[tuple[int | None, str]] = [
        (None, f"names column {name[:32]} twice") for name in sorted({n for n in names if names.count(n) > 1})
    ]
    kept: list[list[str]] = []
    numbers: list[int] = []
    for number, cells in enumerate(rows[1:], start=1):
        if (len(cells) < len(names) and any(cells)) or any(cells[len(names) :]):
            broken.append((number, f"has {len(cells)} cells instead of {len(names)}"))
        elif any(len(cell) > CELL_LIMIT for cell in cells):
            broken.append((number, f"has a cell of more than {CELL_LIMIT:,} characters"))
        else:
            kept.append(cells[: len(names)] + [""] * (len(names) - len(cells)))
            numbers.append(number)
    columns = dict(zip(names, (list(cells) for cells in zip(*kept, strict=True)), strict=True)) if kept else {name: [] for name in names}
    return RawTable(source.name, source.named, columns, numbers, broken, decimal_comma=delimiter == ";")
