"""Reading reference files: rows as text, and the numbers, logical values and words in their cells."""

import csv
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from trial.errors import refuse

Row = dict[str, str]
MISSING = ("NA", "N/A", "<NA>", "NaN", "nan", "NULL")
"""How R, pandas and SQL write that there is no value."""


class NotedRow(Row):
    """A row that notes in ``seen`` which of its columns were looked at."""

    def __init__(self, cells: Row, seen: set[str]) -> None:
        super().__init__(cells)
        self._seen = seen

    def __getitem__(self, column: str) -> str:
        """Return a cell."""
        self._seen.add(column)
        return super().__getitem__(column)

    def get(self, column: str, default: str = "") -> str:  # type: ignore[override]
        """Return a cell, ``default`` where there is no such column."""
        self._seen.add(column)
        return super().get(column, default)


def read_flag(text: str) -> bool:
    """Return an R logical, written TRUE, T or 1, empty for FALSE; raise FaultyInput for another word."""
    word = text.strip().upper()
    if word in ("TRUE", "T", "FALSE", "F", ""):
        return word in ("TRUE", "T")
    try:
        return {0.0: False, 1.0: True}[float(word)]
    except (ValueError, KeyError):
        raise refuse("a logical value", f"{text[:40]!r} is neither TRUE nor FALSE", "Correct the value.") from None


def read_word(what: str, text: str, *words: str) -> str:
    """Return ``text`` where it is one of ``words``; raise FaultyInput otherwise."""
    if text not in words:
        raise refuse(what, f"{text[:40]!r} is not one of {', '.join(words)}", "Correct the value.")
    return text


def read_count(text: str) -> int:
    """Return a whole number, written 3 or 3.0; raise FaultyInput for anything else."""
    try:
        if (number := float(text)).is_integer():
            return int(number)
    except (ValueError, OverflowError):
        pass
    raise refuse("a count", f"{text[:40]!r} is not a whole number", "Correct the value.")


def read_numbers(text: str) -> list[float]:
    """Return the numbers of a cell whose parts are separated by semicolons."""
    return [float(part) for part in text.split(";")]


def read_whole(text: str) -> tuple[int, ...]:
    """Return the whole numbers of a cell whose parts are separated by semicolons."""
    return tuple(read_count(part) for part in text.split(";"))


def order_levels(label: str, members: Sequence[Row]) -> list[Row]:
    """Return the rows of one trial by dose level, row 0 (no dose, or totals) first; raise FaultyInput unless each level has one row."""
    rows = sorted(members, key=lambda row: read_count(row["dose"]))
    levels = [level for row in rows if (level := read_count(row["dose"]))]
    if not levels or levels != list(range(1, len(levels) + 1)) or len(rows) - len(levels) > 1:
        raise refuse(label, f"holds rows for the dose levels {levels}", "Give one row per dose level, from 1 on.")
    return rows


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a CSV file as text, NA and its like as empty, or the cases of a JSON file with each part as JSON text.

    Raises FaultyInput where the file is neither, or a row has more or fewer cells than the header.
    """
    try:
        if path.suffix.lower() == ".json":
            cases = json.loads(path.read_text(encoding="utf-8-sig"))["cases"]
            return [{key: value if isinstance(value, str) else json.dumps(value) for key, value in case.items()} for case in cases]
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *cells = [[cell.strip() for cell in row] for row in csv.reader(file) if row] or [[]]
    except (OSError, UnicodeDecodeError, csv.Error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise refuse(path.name, f"cannot be read ({type(error).__name__})", "Give CSV, or JSON with cases, in UTF-8.") from None
    _check_shape(path.name, header, cells)
    return [{key: "" if cell in MISSING else cell for key, cell in zip(header, row, strict=True) if key} for row in cells]


def _check_shape(file: str, header: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    twice = [name for name, times in Counter(name for name in header if name).items() if times > 1]
    if not header or twice:
        raise refuse(file, f"has the column {twice[0]!r} twice" if twice else "is empty", "Give a header and one row per case.")
    for number, row in enumerate(cells, start=1):
        if len(row) != len(header):
            what = f"row {number} has {len(row)} cells where the header has {len(header)}"
            raise refuse(file, what, "Give each row one cell per column.")


def read_header(path: Path) -> set[str]:
    """Return the names of a CSV file's columns; empty where it cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return {name.strip() for name in next(csv.reader(file), [])}
    except (OSError, UnicodeDecodeError, csv.Error):
        return set()
