"""Declared tables: what passes between queries, rules, charts and pages.

A table is declared once, with the type and meaning of every column. Queries build frames with `Table.frame`,
contract tests hold every query to `Table.check`, also when it returns no row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

Kind = Literal["text", "integer", "number", "flag", "day", "moment"]

DTYPES: Mapping[Kind, str] = {
    "text": "str",
    "integer": "Int64",
    "number": "float64",
    "flag": "boolean",
    "day": "datetime64[us]",
    "moment": "datetime64[us, UTC]",
}
"""The pandas type of each kind. ``day`` is midnight without a zone; ``moment`` is UTC."""


@dataclass(frozen=True)
class Column:
    """One column: its name, kind, meaning (with unit) and whether a value may be missing."""

    name: str
    kind: Kind
    meaning: str
    missing: bool = False


@dataclass(frozen=True)
class Table:
    """A declared table; ``row`` says what one row stands for."""

    name: str
    row: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    def frame(self, rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
        """Return a frame of ``rows`` (values in column order) with the declared types."""
        values = list(rows)
        columns = list(zip(*values, strict=True)) if values else [()] * len(self.columns)
        if len(columns) != len(self.columns):
            raise ValueError(f"{self.name}: rows have {len(columns)} values for {len(self.columns)} columns")
        return pd.DataFrame({c.name: _typed(v, c.kind) for c, v in zip(self.columns, columns, strict=True)})

    def empty(self) -> pd.DataFrame:
        """Return the table without rows."""
        return self.frame([])

    def check(self, frame: pd.DataFrame) -> None:
        """Raise ValueError naming every column that is absent, extra, of another type or missing a value."""
        faults = [f"{name} is absent" for name in self.names if name not in frame]
        faults += [f"{name} is not declared" for name in frame.columns if name not in self.names]
        for column in self.columns:
            if column.name not in frame:
                continue
            found = str(frame[column.name].dtype)
            if found != DTYPES[column.kind]:
                faults.append(f"{column.name} is {found}, not {DTYPES[column.kind]}")
            if not column.missing and frame[column.name].isna().any():
                faults.append(f"{column.name} has missing values")
        if faults:
            raise ValueError(f"{self.name}: " + "; ".join(faults))


def _typed(values: Sequence[Any], kind: Kind) -> pd.Series:
    """One column of ``values`` with the pandas type of ``kind``; None stays missing."""
    if kind == "text":
        return pd.Series(list(values), dtype="str")
    if kind in ("day", "moment"):
        zone = kind == "moment"
        return pd.Series(pd.to_datetime(pd.Series(list(values), dtype="object"), utc=zone)).astype(DTYPES[kind])
    if kind == "number":
        return pd.Series([None if v is None else float(v) for v in values], dtype="float64")
    return pd.Series(list(values), dtype=DTYPES[kind])


def text(name: str, meaning: str, *, missing: bool = False) -> Column:
    """Declare a text column."""
    return Column(name, "text", meaning, missing)


def integer(name: str, meaning: str, *, missing: bool = False) -> Column:
    """Declare a whole-number column."""
    return Column(name, "integer", meaning, missing)


def number(name: str, meaning: str, *, missing: bool = False) -> Column:
    """Declare a real-number column."""
    return Column(name, "number", meaning, missing)


def flag(name: str, meaning: str, *, missing: bool = False) -> Column:
    """Declare a yes/no column."""
    return Column(name, "flag", meaning, missing)


def day(name: str, meaning: str, *, missing: bool = False) -> Column:
    """Declare a calendar-day column."""
    return Column(name, "day", meaning, missing)


def moment(name: str, meaning: str, *, missing: bool = False) -> Column:
    """Declare a UTC instant column."""
    return Column(name, "moment", meaning, missing)
