"""ISNCSCI worksheets against the reference implementation: every field of the classification and every total, as text."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from trial.grading.isncsci import score_worksheet, write_worksheet
from trial.qualification.cells import Row
from trial.qualification.reference import Finding, declare, same


def compare_worksheets(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare worksheets, field by field."""
    for row in rows:
        ours = dict(_flatten(write_worksheet(score_worksheet(json.loads(row["exam"])))))
        for field, value in _flatten(json.loads(row["expected"])):
            yield same(field, row["id"], ours.get(field), value)


def _flatten(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each leaf of nested objects with its path."""
    if not isinstance(tree, dict):
        yield path, tree
        return
    for key, value in tree.items():
        yield from _flatten(value, f"{path}.{key}" if path else key)


WORKSHEETS = (declare("ISNCSCI worksheets", "id exam expected", "npm isncsci 2.0.6 (Praxis)", compare_worksheets),)
