"""Dose vectors: what was planned and what was delivered, component by component."""

import json
from typing import Any

import pandas as pd

from trial.tables.story import DOSE_VECTORS


def compare_vectors(doses: pd.DataFrame) -> pd.DataFrame:
    """Return DOSE_VECTORS from SUBJECT_DOSES: each component of the planned and the delivered vector of each administration."""
    rows: list[tuple[Any, ...]] = []
    for dose in doses.itertuples(index=False):
        planned, delivered = _read(dose.planned_vector), _read(dose.delivered_vector)
        for name in dict.fromkeys([*planned, *delivered]):
            wanted, given = planned.get(name), delivered.get(name)
            rows.append((dose.number, name, wanted, given, wanted != given))
    return DOSE_VECTORS.frame(rows)


def _read(text: str) -> dict[str, str]:
    """The components of a vector as words with their unit; nothing where the text is not a vector."""
    try:
        parts = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(parts, list):
        return {}
    return {str(part["name"]): _words(part) for part in parts if isinstance(part, dict) and "name" in part}


def describe_amount(value: float | str, unit: str | None) -> str:
    """Return an amount with its unit, whole numbers with all their digits: 50,000,000 cells."""
    words = value if isinstance(value, str) else _number(float(value))
    return f"{words} {unit or ''}".strip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if value.is_integer() else f"{value:,.6g}"


def _words(part: dict[str, Any]) -> str:
    value = part.get("value", "")
    return describe_amount(value if isinstance(value, (int, float)) else str(value), part.get("unit"))
