"""A table as CSV that a spreadsheet shows and never runs, headed by what it is and as of when."""

import csv
import io
from collections.abc import Mapping

import pandas as pd

LIVE = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these may be run as a formula."""


def write_sheet(frame: pd.DataFrame, facts: Mapping[str, str]) -> bytes:
    """Return ``frame`` as UTF-8 CSV (with a byte-order mark), preceded by one commented line for each fact."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for name, value in facts.items():
        writer.writerow([f"# {name}: {value}"])
    writer.writerow([make_inert(str(name)) for name in frame.columns])
    numeric = {str(name) for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name])}
    for row in frame.itertuples(index=False):
        writer.writerow(
            ["" if pd.isna(v) else v if name in numeric else make_inert(_said(v)) for name, v in zip(frame.columns, row, strict=True)]
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def make_inert(cell: str) -> str:
    """Return the text of a cell, with an apostrophe before anything that could be taken for a formula."""
    return f"'{cell}" if cell.lstrip().startswith(LIVE) or cell.startswith(LIVE) else cell


def _said(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return str(value.isoformat()) if value.tzinfo else str(value.date())
    return str(value)
