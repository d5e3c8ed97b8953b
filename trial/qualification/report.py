"""The qualification report: a table of records, and a page in words for a validation folder."""

import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from trial.qualification.reference import Finding, Outcome

PACKAGES = ("numpy", "scipy", "pandas")
"""Packages whose version belongs in the report."""


def list_outcomes(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return a record per file: cases, the worst deviation with its tolerance, and the verdict."""
    return [_record(outcome) for outcome in outcomes]


def _record(outcome: Outcome) -> dict[str, Any]:
    worst = outcome.worst
    return {
        "file": outcome.file,
        "verdict": outcome.verdict,
        "kind": outcome.kind,
        "cases": outcome.rows if outcome.kind else 0,
        "comparisons": outcome.comparisons,
        "differing": outcome.differing,
        "worst_deviation": _number(worst),
        "tolerance": worst.tolerance if worst else None,
        "worst_quantity": worst.quantity if worst else "",
        "worst_case": worst.case if worst else "",
        "note": outcome.note,
        "not_covered": list(outcome.omitted),
    }


def _number(worst: Finding | None) -> float | None:
    return worst.deviation if worst is not None and worst.deviation == worst.deviation else None


def write_report(outcomes: Sequence[Outcome], path: Path) -> None:
    """Write the report as Markdown: what was compared, with what, the verdict, and every quantity's worst deviation."""
    covered = [outcome for outcome in outcomes if outcome.verdict != "not covered"]
    agree = sum(outcome.verdict == "agrees" for outcome in covered)
    used = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    lines = [
        "# Qualification report",
        "",
        f"{agree} of {len(covered)} reference files agree. Python {platform.python_version()}, {used}.",
        "Deviations of simulated references are in Monte-Carlo standard errors: 3 for a single figure; for the many of one file as many "
        "as all of them together exceed as rarely. 1 with tolerance 0 is a cell that differs.",
        "",
        "| file | kind | follows | quantity | worst deviation | tolerance | at | verdict |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for outcome in covered:
        lines += _lines(outcome)
    others = [outcome.file for outcome in outcomes if outcome.verdict == "not covered"]
    lines += ["", f"Not covered: {', '.join(map(_safe, others)) or 'none'}."]
    parts = [f"- {_safe(outcome.file)}: {_safe(part)}" for outcome in outcomes for part in outcome.omitted]
    lines += ["", "Parts of files that are not computed again:", "", *parts] if parts else []
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _lines(outcome: Outcome) -> list[str]:
    head = f"| {_safe(outcome.file)} | {outcome.kind} | {_safe(outcome.note)} |"
    if not outcome.quantities:
        return [f"{head} | | | | {outcome.verdict} |"]
    return [
        f"{head} {name} | {worst.deviation:.3g} | {worst.tolerance:.3g} | {_safe(worst.case)} | {'agrees' if worst.agrees else 'differs'} |"
        for name, worst in outcome.quantities.items()
    ]


def _safe(text: str) -> str:
    """``text`` inert in a Markdown table."""
    return "".join(letter if letter.isalnum() or letter in " .,;:_-+()/=%" else " " for letter in text)
