"""What the datasets of one export say differently of the same subject; noted, and nothing changed by it."""

from collections.abc import Mapping, Sequence

from db.importers.arms import actual_arm, is_screen_failure, planned_arm
from db.importers.plan import Plan
from db.importers.records import Record
from db.importers.treatment import read_doses


def compare_subjects(plan: Plan, records: Mapping[str, Sequence[Record]]) -> None:
    """Note where arms differ, where DM and the doses disagree, and where a subject's group contradicts the doses."""
    last: dict[str, str] = {}
    for dose in read_doses(records):
        end = dose.date("EXENDTC" if "EXSEQ" in dose.places else "ECENDTC")
        if end is not None and end.day is not None:
            last[dose.subject] = max(last.get(dose.subject, ""), end.day.isoformat())
    for record in records["DM"]:
        subject = record.subject
        _compare_arms(plan, record)
        first = plan.first_dose.get(subject)
        for column, given in (("RFXSTDTC", first.isoformat() if first else None), ("RFXENDTC", last.get(subject))):
            stated = record.date(column)
            if stated is not None and stated.day is not None and given is not None and stated.day.isoformat() != given:
                plan.note(
                    record, "dose dates disagree", f"DM says {stated.day}, the doses say {given}", "the doses are used", column=column
                )


def _compare_arms(plan: Plan, record: Record) -> None:
    """Planned against actual arm, and either against what was given."""
    planned, actual = planned_arm(record), actual_arm(record)
    first = plan.first_dose.get(record.subject)
    if planned is not None and actual is not None and planned != actual:
        plan.note(record, "arm differs", f"planned {planned}, actual {actual}", "both kept", column="ACTARM", known_on=first)
    if first is not None and is_screen_failure(record):
        plan.note(record, "screen failure dosed", "is a screen failure, but has a dose", "both kept", column="ARM", known_on=first)
    if first is not None and planned is None and not is_screen_failure(record):
        plan.note(record, "dosed without arm", "has a dose, but no planned arm", "belongs to no cohort", column="ARM", known_on=first)
    if first is None and planned is not None:
        plan.note(record, "never dosed", "has a planned arm, but no dose", "does not count as treated", column="ARM")
