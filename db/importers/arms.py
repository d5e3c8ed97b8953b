"""Arms as cohorts: who was planned for which, who got which, and in what order they stand."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from db.importers.plan import Plan, Versions
from db.importers.records import Record
from db.models import Cohort, DoseLevel
from trial.protocol import Protocol

SCREEN_FAILURE = ("SCREEN FAILURE", "SCRNFAIL")
NOT_AN_ARM = (*SCREEN_FAILURE, "NOT ASSIGNED", "NOTASSGN", "ASSIGNED, NOT TREATED", "NOTTRT")
"""What stands for an arm where a subject has none (SDTM ARMCD, ARM and ARMNRS)."""


@dataclass(frozen=True)
class Arm:
    """An arm with its code, and the mean dose and unit that its planned subjects were given, where EX says so."""

    label: str
    code: str
    dose: float | None = None
    unit: str | None = None


def planned_arm(record: Record) -> str | None:
    """Return the label of the arm a subject of DM was planned for; None when there is none."""
    return _label(record, "ARM", "ARMCD")


def actual_arm(record: Record) -> str | None:
    """Return the label of the arm a subject of DM was treated in; None when there is none."""
    return _label(record, "ACTARM", "ACTARMCD")


def is_screen_failure(record: Record) -> bool:
    """Whether DM marks a subject as a screen failure."""
    return any(record.upper(name) in SCREEN_FAILURE for name in ("ARMNRS", "ARMCD", "ARM"))


def _label(record: Record, name: str, code: str) -> str | None:
    """The text of an arm, or the reason why there is none (ARMNRS) where that is a way of being treated."""
    words = record.text(name, "ARMNRS", code)
    marks = {record.upper(name), record.upper(code), (words or "").upper()}
    return None if marks & set(NOT_AN_ARM) else words


def order_arms(subjects: Sequence[Record], doses: Sequence[Record], design: Sequence[Record]) -> list[Arm]:
    """Return the arms of DM in dosing order: by mean dose given to their planned subjects where all have one in one unit.

    Otherwise in the order in which TA lists them, then by label. ``doses`` are rows of EX or EC, ``design`` rows of TA.
    """
    codes: dict[str, str] = {}
    for record in subjects:
        for label, code in ((planned_arm(record), "ARMCD"), (actual_arm(record), "ACTARMCD")):
            if label is not None:
                codes.setdefault(label, record.text(code) or label)
    planned = {record.subject: planned_arm(record) for record in subjects}
    given = _doses_by_arm(planned, doses)
    arms = [Arm(label, code, *_mean(given[label])) for label, code in codes.items()]
    listed = {record.text("ARM"): i for i, record in reversed(list(enumerate(design)))}
    comparable = len({arm.unit for arm in arms}) <= 1 and all(arm.dose is not None for arm in arms)
    return sorted(arms, key=lambda arm: (arm.dose if comparable else 0, listed.get(arm.label, len(design)), arm.label))


def _doses_by_arm(planned: dict[str, str | None], doses: Iterable[Record]) -> dict[str | None, list[tuple[float, str | None]]]:
    """Amounts and units given to the subjects planned for each arm."""
    given: dict[str | None, list[tuple[float, str | None]]] = defaultdict(list)
    for record in doses:
        amount = record.number("EXDOSE") if "EXDOSE" in record.places else record.number("ECDOSE")
        if amount is not None:
            given[planned.get(record.subject)].append((amount, record.text("EXDOSU", "ECDOSU")))
    return given


def _mean(given: list[tuple[float, str | None]]) -> tuple[float | None, str | None]:
    """The mean amount and its unit; neither when there is none or the units differ."""
    units = {unit for _, unit in given}
    return (sum(amount for amount, _ in given) / len(given), units.pop()) if len(units) == 1 else (None, None)


def compose_levels(plan: Plan, protocol: Protocol) -> list[Versions]:
    """Return the dose levels that a declared protocol has."""
    rows = []
    for level in protocol.dose_levels:
        first = level.vector[0]
        row = plan.row(
            DoseLevel,
            plan.knowledge.start,
            code=f"DL{level.number}",
            number=level.number,
            label=level.label,
            amount=first.value if isinstance(first.value, float) else None,
            unit=first.unit or None,
            vector="[" + ", ".join(part.model_dump_json() for part in level.vector) + "]",
        )
        plan.level_ids[level.label.casefold()] = row["id"]
        rows.append([row])
    return rows


def compose_cohorts(plan: Plan, arms: Sequence[Arm]) -> list[Versions]:
    """Return one cohort for each arm; it belongs to the declared dose level of the same name, where there is one."""
    rows = []
    codes: set[str] = set()
    for number, arm in enumerate(arms, start=1):
        code = arm.code if arm.code not in codes else f"{arm.code}-{number}"
        codes.add(code)
        level = plan.level_ids.get(arm.label.casefold())
        row = plan.row(Cohort, plan.knowledge.start, code=code, number=number, label=arm.label, dose_level_id=level)
        plan.cohort_ids[arm.label] = row["id"]
        rows.append([row])
    return rows
