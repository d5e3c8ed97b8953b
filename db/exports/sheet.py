"""A table as CSV that a spreadsheet shows and never runs, headed by what it is and as of when."""

import csv
import io
import re
from collections.abc import Mapping

import pandas as pd

LIVE = "=+\\-@\t\r\uff1d\uff0b\uff0d\uff20"
"""A cell that begins with one of these may be run as a formula; the last four are their full-width forms, which some programs take too."""
UNSEEN = "\\s\\ufeff\\u00ad\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2069\"'"
"""Signs before it that a program may drop: spaces, marks without width, quotation marks."""
_BEGINS = re.compile(f"^(?=[{UNSEEN}]*[{LIVE}])")
_BEGINS_AGAIN = re.compile(f"(\\r\\n|[;|\\t\\r\\n\\v\\f\\x85\\u2028\\u2029])(?=[{UNSEEN}]*[{LIVE}])")
"""Where a program with another separator would begin a cell inside ours."""


def write_sheet(frame: pd.DataFrame, facts: Mapping[str, str]) -> bytes:
    """Return ``frame`` as UTF-8 CSV (with a byte-order mark), preceded by one commented line for each fact."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for name, value in facts.items():
        writer.writerow([make_inert(f"# {name}: {value}")])
    writer.writerow([make_inert(str(name)) for name in frame.columns])
    numeric = {str(name) for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name])}
    for row in frame.itertuples(index=False):
        writer.writerow(
            ["" if pd.isna(v) else v if name in numeric else make_inert(_said(v)) for name, v in zip(frame.columns, row, strict=True)]
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def make_inert(cell: str) -> str:
    """Return the text of a cell, with an apostrophe before anything that could be taken for a formula.

    Programs set to another country split a file at semicolons or tabs too; what follows one is treated like a beginning.
    Source: OWASP, "CSV Injection".
    """
    return _BEGINS.sub("'", _BEGINS_AGAIN.sub(r"\1'", cell))


def _said(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return str(value.isoformat()) if value.tzinfo else str(value.date())
    return str(value)
