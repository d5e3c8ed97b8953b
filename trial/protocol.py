"""The protocol file: one TOML file declares a trial, validated into frozen objects, every fault named at once.

The meaning of each key stands beside it here; `synthetic/protocols/` holds two complete examples.
"""

import tomllib
from datetime import date
from itertools import pairwise
from typing import Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from trial.errors import Fault, FaultyInput
from trial.protocol_monitors import MOST_PLANNED, CalibratedRule, CountsPart, FindingPart, MeasurementPart, MonitorPart
from trial.protocol_neurology import NeurologyPart
from trial.protocol_part import Code, Days, Head, Part, Rate, Words, Zone

__all__ = [
    "CountsPart", "FindingPart", "Head", "MeasurementPart", "MonitorPart", "Protocol", "parse_protocol",
]  # fmt: skip


class StudyPart(Part):
    """``[study]``: what the trial is."""

    code: Code
    title: Words
    phase: Words = "I"
    product: Words
    indication: Words
    time_zone: Zone
    ctcae_version: Literal["4.03", "5.0", "6.0"] = "5.0"
    source: str = ""


class VersionPart(Part):
    """``[version]``: an amendment is a new version with a reason, never an edit."""

    number: Code
    effective: date
    reason: Words


class SitePart(Part):
    """``[[sites]]``: a site, its zone and how many subjects a month it plans to dose."""

    code: Code
    name: Words
    country: Words
    time_zone: Zone
    planned_per_month: float = Field(ge=0, le=100)


class DosePart(Part):
    """One component of a dose, such as cells, injections, volume or level."""

    name: Words
    value: float | str
    unit: str = ""


class DoseLevelPart(Part):
    """``[[dose_levels]]``: a dose as a vector; its first component is the one that escalates."""

    number: int = Field(ge=1, le=50)
    label: Words
    vector: tuple[DosePart, ...] = Field(min_length=1)


class EscalationPart(Part):
    """``[escalation]``: the design and its parameters (each design checks its own)."""

    design: Words
    cohort_size: int = Field(ge=1, le=20)
    max_per_dose: int = Field(ge=1, le=100)
    start_level: int = Field(default=1, ge=1)
    committee_review: bool = True
    parameters: dict[str, float | int | bool | str] = Field(default_factory=dict)


class DltPart(Part):
    """``[dlt]``: window in days counted from the first or last administration (its day is day 0), and what qualifies."""

    window_days: int = Field(ge=1, le=1000)
    counted_from: Literal["first dose", "last dose"] = "first dose"
    definition: Words
    minimum_grade: int = Field(ge=1, le=5)
    attributed_to: tuple[Head, ...] = Field(min_length=1)


class StaggerPart(Part):
    """``[stagger]``: days from the first subject of a cohort to the second, between later ones, and between cohorts."""

    sentinel_days: Days
    next_days: Days
    between_cohorts_days: Days


class ConcomitantPart(Part):
    """``[concomitant]``: treatment that the protocol itself requires, such as immunosuppression."""

    label: Words
    until_day: Days
    drugs: tuple[str, ...]


class PhasePart(Part):
    """``[[phases]]``: a perioperative phase in hours after closure, right-closed; None is open-ended."""

    code: Code
    label: Words
    from_hours: float | None = None
    to_hours: float | None = None


class VisitPart(Part):
    """``[[visits]]``: a planned visit by day after the first dose, with its window in days."""

    code: Code
    label: Words
    day: int = Field(ge=-1000, le=10_000)
    before_days: Days = 0
    after_days: Days = 0


class HeadPart(Part):
    """``[[attributions]]``: the label and the letter of one cause that events are judged against."""

    head: Head
    label: Words
    letter: str = Field(min_length=1, max_length=2)


class AesiPart(Part):
    """``[[aesi]]``: an adverse event of special interest and the coded terms that make it."""

    code: Code
    label: Words
    terms: tuple[str, ...] = Field(min_length=1)


class BackgroundPart(Part):
    """``[[background_rates]]``: how often an event is expected anyway: low, central, high, with source and ascertainment.

    ``after_surgery_days`` marks a surgical complication: it is also counted within so many days of a procedure.
    """

    code: Code
    label: Words
    terms: tuple[str, ...] = Field(min_length=1)
    low: Rate
    central: Rate
    high: Rate
    window: Words
    ascertainment: Words
    source: Words
    after_surgery_days: Days | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "BackgroundPart":
        if not self.low <= self.central <= self.high:
            raise ValueError("needs low <= central <= high")
        return self


class AccrualPart(Part):
    """``[accrual]``: subjects planned in all, first planned enrolment, expected share of screen failures."""

    planned_subjects: int = Field(ge=1, le=100_000)
    first_enrolment: date
    screen_failure_rate: Rate


_Coded = SitePart | AesiPart | MonitorPart | VisitPart | PhasePart | BackgroundPart


class Protocol(Part):
    """A trial as its protocol declares it; parts that a derived protocol lacks are None or empty."""

    study: StudyPart
    version: VersionPart
    sites: tuple[SitePart, ...] = ()
    dose_levels: tuple[DoseLevelPart, ...] = ()
    eligibility: tuple[str, ...] = ()
    attributions: tuple[HeadPart, ...] = ()
    escalation: EscalationPart | None = None
    dlt: DltPart | None = None
    stagger: StaggerPart | None = None
    concomitant: ConcomitantPart | None = None
    phases: tuple[PhasePart, ...] = ()
    visits: tuple[VisitPart, ...] = ()
    aesi: tuple[AesiPart, ...] = ()
    monitors: tuple[MonitorPart, ...] = ()
    background_rates: tuple[BackgroundPart, ...] = ()
    accrual: AccrualPart | None = None
    neurology: NeurologyPart | None = None

    @field_validator("sites", "aesi", "monitors", "visits", "phases", "background_rates")
    @classmethod
    def _codes_unique(cls, parts: tuple[_Coded, ...]) -> tuple[_Coded, ...]:
        codes = [part.code for part in parts]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise ValueError(f"declares {', '.join(twice)} twice")
        return parts

    @field_validator("dose_levels")
    @classmethod
    def _levels_numbered(cls, levels: tuple[DoseLevelPart, ...]) -> tuple[DoseLevelPart, ...]:
        if [level.number for level in levels] != list(range(1, len(levels) + 1)):
            raise ValueError("must be numbered 1, 2, 3, ... in ascending order of dose")
        amounts = [level.vector[0].value for level in levels]
        if any(isinstance(a, float) and isinstance(b, float) and b <= a for a, b in pairwise(amounts)):
            raise ValueError("must ascend in the first component of their vector")
        return levels

    @model_validator(mode="after")
    def _consistent(self) -> "Protocol":
        if self.escalation and self.escalation.start_level > max(len(self.dose_levels), 1):
            raise ValueError("escalation.start_level is above the highest dose level")
        known = {part.code for part in self.aesi}
        unknown = sorted({code for monitor in self.monitors for code in monitor.counts.aesi} - known)
        if unknown:
            raise ValueError(f"monitors count {', '.join(unknown)}, which [[aesi]] does not declare")
        unplanned = [monitor.code for monitor in self.monitors if isinstance(monitor.rule, CalibratedRule) and not monitor.rule.subjects]
        if unplanned and (self.accrual is None or self.accrual.planned_subjects > MOST_PLANNED):
            raise ValueError(f"monitors {', '.join(unplanned)} need rule.subjects, or [accrual] with at most {MOST_PLANNED:,} planned")
        return self

    def label_of(self, head: str) -> str:
        """Return the protocol's own label of an attribution head (its name where none is declared)."""
        return next((part.label for part in self.attributions if part.head == head), head)


def parse_protocol(text: str, *, source: str = "protocol") -> Protocol:
    """Return the trial that a TOML ``text`` declares.

    Raises FaultyInput with every fault found, each with its key; ``source`` names the file in them.
    """
    try:
        return Protocol.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise FaultyInput([Fault(source, f"is not valid TOML: {error}", "Correct the line and load it again.")]) from None
    except ValidationError as error:
        raise FaultyInput([_fault(source, dict(item)) for item in error.errors(include_url=False)]) from None


def _fault(source: str, item: dict[str, object]) -> Fault:
    """One pydantic error as a fault with its TOML key."""
    place = item["loc"]
    path = ".".join(str(step) for step in place) if isinstance(place, tuple) else ""
    message = str(item["msg"]).removeprefix("Value error, ")
    return Fault(f"{source}: {path or 'whole file'}", message, "Correct this key; the protocol's form is in trial/protocol.py.")
