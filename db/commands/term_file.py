"""A table of terms in a CSV file: found by its headings, read as text, every fault named."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from trial.errors import Fault, FaultyInput, refuse

MOST_BYTES = 20 * 2**20

Row = dict[str, str | None]


def read_term_file(path: Path, columns: Mapping[str, Sequence[str]], needed: Sequence[str]) -> tuple[list[Row], list[str]]:
    """Return the rows of a CSV file (UTF-8) by our column names, cells with single spaces or None, and the file's own headings.

    ``columns`` are our columns, each with the headings it may have, in small letters. Raises FaultyInput for a file that cannot be read
    and for every one of the ``needed`` columns that it lacks.
    """
    if not path.is_file():
        raise refuse(path.name, "is no file", "Name the table of terms, saved as CSV.")
    if path.stat().st_size > MOST_BYTES:
        raise refuse(path.name, f"is larger than {MOST_BYTES // 2**20} MB", "Name the table of terms alone.")
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise refuse(path.name, "is not text in UTF-8", "Open the workbook and save its sheet of terms as CSV (UTF-8).") from None
    if "\0" in text:
        raise refuse(path.name, "is not text", "Open the workbook and save its sheet of terms as CSV (UTF-8).")
    lines = csv.DictReader(io.StringIO(text, newline=""))
    try:
        headings = list(lines.fieldnames or [])
        places = _find_columns(path.name, headings, columns, needed)
        return [{ours: _cell(line.get(theirs)) for ours, theirs in places.items()} for line in lines], headings
    except csv.Error as error:
        raise refuse(f"{path.name}, row {lines.line_num}", f"cannot be read ({error})", "Save the sheet as CSV anew.") from None


def _find_columns(name: str, headings: Sequence[str], columns: Mapping[str, Sequence[str]], needed: Sequence[str]) -> dict[str, str]:
    """Our columns and the headings they have in this file."""
    known = {" ".join(heading.lower().split()): heading for heading in headings}
    found = {ours: next((known[word] for word in words if word in known), None) for ours, words in columns.items()}
    missing = [ours for ours in needed if found[ours] is None]
    if missing:
        raise FaultyInput([Fault(name, f"has no column {ours.replace('_', ' ')}", f"Call it {columns[ours][0]}.") for ours in missing])
    return {ours: theirs for ours, theirs in found.items() if theirs is not None}


def _cell(value: str | None) -> str | None:
    return " ".join((value or "").split()) or None
