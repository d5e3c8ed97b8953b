"""What the commands of `python -m trial` share: reading designs, counts and rates from words, and tables as plain values."""

import argparse
from collections.abc import Callable
from math import isnan
from typing import Any

import pandas as pd

from trial.errors import Fault, FaultyInput, refuse
from trial.escalation.design import Design
from trial.escalation.register import create_design

MOST_LEVELS = 50
Record = dict[str, Any]
Answer = Record | list[Record]


def read_design(asked: argparse.Namespace, *, levels: int | None = None) -> Design:
    """Return the design that ``--design``, ``--target``, ``--cohort-size`` and ``--set`` name; ``--set`` counts last."""
    parameters: dict[str, object] = {}
    faults: list[Fault] = []
    for key in ("target", "cohort_size"):
        if getattr(asked, key, None) is not None:
            parameters[key] = getattr(asked, key)
    for pair in asked.set or []:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            faults.append(Fault(f"--set {pair[:40]!r}", "is not of the form name=value", "Write, for example, --set target=0.3."))
            continue
        parameters[key.strip().replace("-", "_")] = value.strip()
    try:
        design = create_design(asked.design, parameters, supplied={"levels": levels} if levels else None)
    except FaultyInput as error:
        raise FaultyInput([*faults, *error.faults]) from None
    if faults:
        raise FaultyInput(faults)
    return design


def read_levels(text: str) -> int:
    """Return a number of dose levels, 1 to 50 (for argparse)."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_LEVELS:
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is not a number of dose levels from 1 to {MOST_LEVELS}")
    return int(text)


def gather_faults(*readers: Callable[[], object]) -> None:
    """Raise FaultyInput with the faults of all ``readers``, each once, so that they are told together; pass where there is none."""
    faults: dict[str, Fault] = {}
    for read in readers:
        try:
            read()
        except FaultyInput as error:
            faults |= {str(fault): fault for fault in error.faults}
    if faults:
        raise FaultyInput(faults.values())


def check_start(start: int, doses: int) -> None:
    """Raise FaultyInput unless ``start`` is one of the dose levels."""
    if not 1 <= start <= doses:
        raise refuse("--start", f"dose {start} is not one of the {doses} dose levels", f"Use a level from 1 to {doses}.")


def read_counts(option: str, text: str) -> tuple[int, ...]:
    """Return whole numbers separated by semicolons or commas; raise FaultyInput for anything else."""
    try:
        return tuple(int(part) for part in text.replace(",", ";").split(";"))
    except ValueError:
        raise refuse(option, f"{text[:40]!r} is not whole numbers separated by semicolons", "Write, for example, 3;3;6.") from None


def read_rates(option: str, text: str) -> tuple[float, ...]:
    """Return numbers separated by semicolons or commas; raise FaultyInput for anything else."""
    try:
        return tuple(float(part) for part in text.replace(",", ";").split(";"))
    except ValueError:
        raise refuse(option, f"{text[:40]!r} is not numbers separated by semicolons", "Write, for example, 0.1;0.3.") from None


def list_records(frame: pd.DataFrame) -> list[Record]:
    """Return the rows of a frame as plain values; None where one is missing."""
    return [{key: _plain(value) for key, value in row.items()} for row in frame.to_dict("records")]


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and isnan(value)):
        return None
    plain = value.item() if hasattr(value, "item") else value
    return str(plain) if isinstance(plain, str) else plain
