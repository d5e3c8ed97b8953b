"""Tables on a page: small ones whole, long ones a page at a time, each with its inert download."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.parts.journey import journey_round, open_subject
from dashboard.parts.shield import piece
from dashboard.parts.words import show_note
from dashboard.style import width_of
from dashboard.text import say
from dashboard.view import View
from db.exports.sheet import write_sheet

ROW_PIXELS = 32
LONGEST_CELL = 300
SIGN_PIXELS, CELL_PADDING, WIDEST = 7, 17, 420
EXCEPTIONAL = 1.6
"""From this multiple of the mean width on a cell might be cut; below the 2 of the grid, since signs are only counted here."""


def show_table(frame: pd.DataFrame, *, key: str, headings: Mapping[str, str], subject: str | None = None, rows: int = 12) -> None:
    """Show a table with ``headings`` (column to translated heading, in order); a click on a row opens its ``subject``.

    At most ``rows`` rows are visible without scrolling. The widget's key holds the rows' identity, so that a selection
    never slides to another row when the data change.
    """
    if frame.empty:
        show_note(say("None."))
        return
    shown = frame[list(headings)].rename(columns=dict(headings))
    shown = shown.apply(_presentable)
    config = {str(name): _column(shown[name], room_for(shown[name])) for name in shown.columns}
    height = ROW_PIXELS * (min(len(shown), rows) + 1) + 3
    identity = hashlib.sha1(
        pd.util.hash_pandas_object(frame[list(headings)], index=False).to_numpy().tobytes(), usedforsecurity=False
    ).hexdigest()[:10]
    options: dict[str, Any] = {"hide_index": True, "column_config": config, "height": height, "row_height": ROW_PIXELS, "placeholder": ""}
    if subject is None:
        st.dataframe(shown, key=f"{key}-{identity}", **options)
        return
    chosen = st.dataframe(shown, key=f"{key}-{identity}-{journey_round()}", on_select="rerun", selection_mode="single-row", **options)
    picked = chosen["selection"]["rows"]
    code = frame[subject].iloc[picked[0]] if picked and picked[0] < len(frame) else None
    if code is not None and pd.notna(code) and code:
        open_subject(str(code))


def show_pages(
    count: int,
    fetch: Callable[[int, int], pd.DataFrame],
    *,
    key: str,
    headings: Mapping[str, str],
    subject: str | None = None,
    size: int = 50,
) -> None:
    """Show a long table a page at a time, in its own fragment; ``fetch(page, size)`` reads one page (from 1), ``count`` is its length."""

    @piece
    def pages() -> None:
        """The page of the table that was chosen; it reruns alone."""
        number = -(-int(count) // size)
        page = st.pagination(number, key=f"{key}-page") if number > 1 else 1
        show_table(fetch(page, size), key=key, headings=headings, subject=subject, rows=16)
        first = (page - 1) * size + 1
        if count:
            show_note(say("Rows {first}-{last} of {count}", first=f"{first:,}", last=f"{min(count, page * size):,}", count=f"{count:,}"))

    pages()


Fetch = Callable[[View], pd.DataFrame]


def offer_download(view: View, name: str, table: pd.DataFrame | Fetch, *, filters: str = "", label: str = "") -> None:
    """Offer a table as CSV, written only when asked for; cut-off, filters and audit head stand inside, formulas are inert.

    ``table`` is what the page shows, or how to read it: then it is read from the record as it stands when it is asked for, and the
    file names that head. ``label`` is our own text (never site text) where a page offers several. A role that may not export is
    offered nothing, and nothing is made for a session that is over.
    """
    if not view.may("export"):
        return

    def make() -> bytes:
        """The sheet, made when it is asked for and only while the reader may still look."""
        view.require_open()
        if isinstance(table, pd.DataFrame):
            return write_sheet(table, _facts(view, name, filters))
        now = view.renewed()
        return write_sheet(table(now), _facts(now, name, filters))

    st.download_button(
        label or say("Download as CSV"),
        data=make,
        file_name=f"{name}-{view.as_of.day.isoformat()}.csv",
        mime="text/csv",
        key=f"download-{name}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def _facts(view: View, name: str, filters: str) -> dict[str, str]:
    """What stands above the rows of a download."""
    note = {"note": "SYNTHETIC: every subject and event is made up"} if view.study.synthetic else {}
    return {
        "study": view.study.code,
        "table": name,
        "cut-off": str(view.as_of),
        "filters": filters or "none",
        "audit head": str(view.head),
        **note,
    }


def room_for(values: pd.Series) -> int | None:
    """Return the pixels that a text column needs where its longest cell is an exception, None where the grid measures well itself.

    The grid takes cells of more than twice the mean width for outliers and cuts them: the one row that matters among many short ones.
    """
    if values.dtype != "str" or values.empty:
        return None
    widths = [SIGN_PIXELS * width_of(text) + CELL_PADDING for text in values]
    return min(max(widths), WIDEST) if max(widths) > EXCEPTIONAL * sum(widths) / len(widths) else None


def _column(values: pd.Series, room: int | None) -> Any:
    if str(values.dtype).startswith("datetime64[us, "):
        return st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm [UTC]")
    if str(values.dtype).startswith("datetime64"):
        return st.column_config.DateColumn(format="YYYY-MM-DD")
    if pd.api.types.is_bool_dtype(values):
        return st.column_config.CheckboxColumn()
    if pd.api.types.is_integer_dtype(values):
        return st.column_config.NumberColumn(format="localized")
    return st.column_config.TextColumn(width=room) if values.dtype == "str" else st.column_config.Column()


def _presentable(values: pd.Series) -> pd.Series:
    """A column as it is shown: long text is cut, missing text is empty."""
    return values.fillna("").map(_short) if values.dtype == "str" else values


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
