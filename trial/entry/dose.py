"""Entering what was given: the administration, and the procedure it was part of."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from trial.clocks.calendar import compute_local_day
from trial.dates import CollectedDate, compute_start_day, read_collected_date
from trial.entry.field import Field
from trial.entry.rule import Breach, breach
from trial.sentence import Sentence

DOSE_FIELDS = (
    Field("start_text", Sentence("Start"), "collected date", required=True),
    Field("end_text", Sentence("End"), "collected date"),
    Field("route", Sentence("Route")),
    Field("location", Sentence("Place in the body")),
    Field("delivered_amount", Sentence("Delivered amount"), "number", low=0, high=1e15),
    Field("viability_percent", Sentence("Viability at delivery, %"), "number", low=0, high=100),
    Field("deviation", Sentence("Deviation from the plan"), "long text"),
)
CORRECTABLE_DOSE_FIELDS = (
    Field("start_text", Sentence("Start"), "collected date", required=True),
    Field("last_on", Sentence("Last day"), "day"),
    Field("ended_at", Sentence("Ended"), "moment"),
    *DOSE_FIELDS[2:],
)
"""What may be corrected of an administration; a wrong subject or dose level is voided and entered anew."""
PROCEDURE_FIELDS = (
    Field("type", Sentence("Procedure")),
    Field("performed_on", Sentence("Day of the procedure"), "day"),
    Field("anaesthesia", Sentence("Anaesthesia")),
    Field("anaesthesia_started_at", Sentence("Anaesthesia started"), "moment"),
    Field("incision_at", Sentence("Incision"), "moment"),
    Field("closure_at", Sentence("Closure"), "moment"),
    Field("blood_loss_ml", Sentence("Blood loss, mL"), "number", low=0, high=20_000),
    Field("neuromonitoring", Sentence("Neuromonitoring")),
    Field("neuromonitoring_alert", Sentence("Neuromonitoring alert"), "flag"),
)


def check_dose(values: Mapping[str, Any], now: datetime, time_zone: str) -> Iterator[Breach]:
    """Yield every rule that an administration (values by column) breaks, its procedure apart."""
    today, where = compute_local_day(now, time_zone), Sentence("Start")
    start, end = _collected(values.get("start_text")), _collected(values.get("end_text"))
    if start is not None and start.first is not None and start.first > today:
        yield breach("start_text", where, Sentence("lies in the future"), Sentence("Enter a dose once it was given."))
    if start is not None and start.first is None:
        yield breach("start_text", where, Sentence("has no year"), Sentence("Give at least the year."))
    if end is not None and end.day is None:
        yield breach("end_text", Sentence("End"), Sentence("is no whole date"), Sentence("Give the whole date, or leave it empty."))
    ended = (end.day if end else None) or values.get("last_on")
    if ended is not None and ended > today:
        yield breach("end_text last_on", Sentence("End"), Sentence("lies in the future"), Sentence("Leave it empty while it goes on."))
    if start is not None and start.first is not None and ended is not None and ended < start.first:
        yield breach(
            "start_text end_text last_on", Sentence("End"), Sentence("lies before the start"), Sentence("Correct one of the two dates.")
        )
    moments = (start.instant(time_zone) if start else None), (end.instant(time_zone) if end else values.get("ended_at"))
    if moments[0] is not None and moments[1] is not None and moments[1] < moments[0]:
        yield breach(
            "start_text end_text ended_at", Sentence("End"), Sentence("lies before the start"), Sentence("Correct one of the two times.")
        )


def check_procedure(values: Mapping[str, Any], now: datetime) -> Iterator[Breach]:
    """Yield every rule that a procedure (values by column) breaks."""
    steps = [field for field in PROCEDURE_FIELDS if field.kind == "moment" and values.get(field.name) is not None]
    for field in steps:
        if values[field.name] > now:
            yield breach(field.name, field.label, Sentence("lies in the future"), Sentence("Correct the time."))
    for before, after in pairwise(steps):
        if values[before.name] > values[after.name]:
            what = Sentence("lies after {event}", event=after.label)
            yield breach(f"{before.name} {after.name}", before.label, what, Sentence("Correct one of the two times."))


def derive_start(start_text: str, time_zone: str) -> dict[str, Any]:
    """Return the columns that follow from the start as collected."""
    start = read_collected_date(start_text)
    return {
        "start_text": start.text,
        "start_precision": start.precision,
        "first_on": compute_start_day(start, None)[0],
        "started_at": start.instant(time_zone),
    }


def derive_ending(end_text: str | None, first_on: date | None, time_zone: str, *, at_once: bool) -> dict[str, Any]:
    """Return the columns that follow from the end as collected; a dose given ``at_once`` ends on the day it began."""
    end = _collected(end_text)
    return {
        "last_on": end.day if end else first_on if at_once else None,
        "ended_at": end.instant(time_zone) if end else None,
    }


def _collected(text: str | None) -> CollectedDate | None:
    return None if text is None else read_collected_date(text)
