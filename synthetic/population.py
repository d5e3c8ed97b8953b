"""The population file: who takes part in a made-up trial, what is done to them and what befalls them.

`synthetic/populations/` holds one TOML file for each kind of trial. A protocol file says what a trial plans; a population
file says what happens in it: traits, procedure, events with rates and their sources, laboratory values and scores.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from trial.protocol import Head

FOLDER = Path(__file__).parent / "populations"
Share = Annotated[float, Field(ge=0, le=1)]
Range = tuple[float, float]
Timing = Literal["follow-up", "early", "concomitant", "intraoperative", "postoperative"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TraitsPart(_Part):
    """``[traits]``: weights of traits; ``injured_days`` is the time from injury to first dose in days."""

    age_years: Range
    female: Share
    levels: dict[str, float] = {}
    ais: dict[str, float] = {}
    mechanisms: dict[str, float] = {}
    injured_days: Range | None = None


class CoursePart(_Part):
    """``[course]``: screening and waiting in days, and why and how often subjects leave (per year)."""

    screening_days: Range
    waiting_days: Range
    leave_per_year: float
    leave_reasons: dict[str, float]
    leave_after_day: int = 0
    deaths_per_year: float
    death_terms: tuple[str, ...]


class ProcedurePart(_Part):
    """``[procedure]``: the operation that the product is given in; times in minutes, blood loss in mL."""

    type: str
    anaesthesia: str
    minutes: Range
    preparation_minutes: Range
    blood_loss_ml: float
    neuromonitoring: str | None = None
    alert: Share = 0.0


class AdministrationPart(_Part):
    """``[administration]``: how the product is given: at once within the procedure, or in cycles of days."""

    route: str
    location: str | None = None
    minutes: Range | None = None
    start_share: Range = (0.45, 0.65)
    cycles: int = 1
    cycle_days: int = 0
    viability_percent: Range | None = None
    deviations: tuple[str, ...] = ()
    deviation: Share = 0.0
    subjects_per_lot: int = 0
    lot_code: str = "LOT-####"


class EventPart(_Part):
    """``[[events]]``: one kind of adverse event.

    ``yearly`` is the expected number per subject in the year after the first dose (with ``once`` the probability),
    whatever its ``timing``; ``scale`` is the median delay (days for early, hours for postoperative).
    ``grades`` are the shares of grades 1-4, ``heads`` the probability that each cause is judged a reasonable possibility.
    ``signal`` kinds are what monitors watch for: a scenario with a script plants them and leaves none to chance.
    """

    term: str
    category: str
    dictionary: Literal["CTCAE", "sponsor list"] = "CTCAE"
    verbatims: tuple[str, ...] = ()
    yearly: float
    once: bool = False
    timing: Timing = "follow-up"
    scale: float = 30.0
    grades: tuple[Share, Share, Share, Share]
    heads: dict[Head, Share] = {}
    levels: tuple[str, ...] = ()
    ais: tuple[str, ...] = ()
    more_at: tuple[str, ...] = ()
    more_by: float = 1.0
    days: float = 7.0
    lasting: Share = 0.0
    serious_factor: float = 1.0
    disabling: Share = 0.0
    anticipated: bool = False
    expected: bool = True
    complication: bool = False
    motor_loss: float = 0.0
    signal: bool = False
    source: str = "assumed"

    @model_validator(mode="after")
    def _grades_sum(self) -> "EventPart":
        if abs(sum(self.grades) - 1) > 1e-6:
            raise ValueError(f"{self.term}: the shares of grades 1-4 must sum to 1")
        return self


class ToxicityPart(_Part):
    """``[[dose_limiting]]`` and ``[near_miss]``: what a dose-limiting toxicity looks like, and a candidate that is none:
    term, grade, suspected cause, and days after dosing.
    """

    term: str
    grade: int = Field(ge=1, le=4)
    head: Head
    day: Range
    weight: float = 1.0


class TestPart(_Part):
    """``[[laboratory]]`` and ``[[vital_signs]]``: one test; spreads are standard deviations between and within subjects
    (of log-normal values, in the unit of the test).

    ``concomitant`` is the shift under the protocol's concomitant treatment, ``early`` the shift right after the first
    dose, which fades with ``early_days``; ``relative`` makes both factors. ``only_concomitant`` measures nothing else.
    """

    test: str
    label: str
    unit: str
    low: float | None = None
    high: float | None = None
    mean: float
    between: float
    within: float
    concomitant: float = 0.0
    early: float = 0.0
    early_days: float = 14.0
    relative: bool = False
    only_concomitant: bool = False
    decimals: int = 1
    essential: bool = False


class ScorePart(_Part):
    """``[[scores]]``: a neurological total: start by level and AIS, gain in a year by AIS, reached with ``recovery_days``."""

    test: str
    label: str
    maximum: float
    by_level: dict[str, float] = {}
    by_ais: dict[str, float] = {}
    gain_by_ais: dict[str, float] = {}
    recovery_days: float = 75.0
    noise: float = 1.0
    motor: bool = False
    essential: bool = False


class LetterPart(_Part):
    """``[letter]``: the AIS letter as a result, and the probability to improve by one within a year."""

    test: str
    label: str
    improves: dict[str, Share]


class MedicationPart(_Part):
    """``[[medications]]``: a usual medication, the share of subjects who take it and for how many days."""

    name: str
    coded_name: str
    indication: str
    dose_text: str
    route: str
    share: Share
    from_day: int
    days: int


class HistoryPart(_Part):
    """``[[history]]``: a condition from before the trial and the share of subjects who have it."""

    verbatim: str
    coded_term: str
    category: str
    share: Share


class FailurePart(_Part):
    """``[[failures]]``: how often an eligibility criterion (named as in the protocol) fails, and the trait it shows in."""

    criterion: str
    weight: float
    age_years: Range | None = None
    levels: tuple[str, ...] = ()
    ais: tuple[str, ...] = ()


class Population(_Part):
    """A population file."""

    name: str
    source: str
    traits: TraitsPart
    course: CoursePart
    administration: AdministrationPart
    procedure: ProcedurePart | None = None
    events: tuple[EventPart, ...]
    dose_limiting: tuple[ToxicityPart, ...]
    near_miss: ToxicityPart
    laboratory: tuple[TestPart, ...] = ()
    vital_signs: tuple[TestPart, ...] = ()
    scores: tuple[ScorePart, ...] = ()
    letter: LetterPart | None = None
    medications: tuple[MedicationPart, ...] = ()
    history: tuple[HistoryPart, ...] = ()
    failures: tuple[FailurePart, ...] = ()

    @model_validator(mode="after")
    def _terms_declared(self) -> "Population":
        declared = {event.term for event in self.events}
        named = {part.term for part in (*self.dose_limiting, self.near_miss)} | set(self.course.death_terms)
        if unknown := sorted(named - declared):
            raise ValueError(f"[[events]] does not declare {', '.join(unknown)}")
        return self

    def index_of(self, term: str) -> int:
        """Return the place of the event kind with this term."""
        return next(index for index, event in enumerate(self.events) if event.term == term)


def load_population(name: str) -> Population:
    """Return the population of this name from `synthetic/populations/`."""
    return Population.model_validate(tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8")))
