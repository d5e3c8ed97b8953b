"""``[[monitors]]`` of the protocol file: what a safety monitor counts, the rule by which it pauses, and what is then to be done.

``rule`` names a way to judge and its parameters. The calibrated ones hold the chance of a false alarm over the whole trial (``alpha``,
for ``subjects`` planned) at the target rate; "posterior", which a monitor without ``rule`` has, is a plain threshold and not calibrated.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from trial.grading.laboratory import RULES
from trial.grading.laboratory_terms import name_analyte
from trial.protocol_part import Code, Head, Part, Rate, Words

MOST_PLANNED = 1000
"""Subjects up to which a boundary is calibrated."""
PRIOR_WEIGHT = 2.0
"""Subjects that the prior of a calibrated monitor is worth where none is declared; its mean is the target."""


LIMITS = ("above_limit", "below_limit", "above", "below", "minimum_grade")
"""What may be asked of a measurement, one at a time."""


class MeasurementPart(Part):
    """``counts.measurement``: results after the first dose that count: of laboratory tests, vital signs and every other measurement.

    One of five: above ``above_limit`` times the upper limit of normal that was recorded with the result, or below ``below_limit`` times the
    lower one; ``above`` or ``below`` a number in ``unit`` (results in another unit never count); or of a grade by value of at least
    ``minimum_grade``, which only some laboratory tests have. A result on the limit does not count.
    """

    tests: tuple[Code, ...] = Field(min_length=1)
    above_limit: float | None = Field(default=None, gt=0, le=1000)
    below_limit: float | None = Field(default=None, gt=0, le=1000)
    above: float | None = Field(default=None, allow_inf_nan=False)
    below: float | None = Field(default=None, allow_inf_nan=False)
    unit: Words | None = None
    minimum_grade: int | None = Field(default=None, ge=1, le=4)

    @model_validator(mode="after")
    def _one_of_five(self) -> "MeasurementPart":
        given = [name for name in LIMITS if getattr(self, name) is not None]
        faults = [] if len(given) == 1 else [f"needs one of {', '.join(LIMITS[:-1])} and {LIMITS[-1]}"]
        if bool({"above", "below"} & set(given)) != (self.unit is not None):
            faults.append("unit is needed by above and below, and by nothing else")
        graded = {test for rules in RULES.values() for test in rules}
        unknown = [test for test in self.tests if name_analyte(test) not in graded]
        if self.minimum_grade is not None and unknown:
            faults.append(f"no value of {', '.join(unknown)} has a grade, so minimum_grade never counts one; declare above or below")
        if faults:
            raise ValueError("; ".join(faults))
        return self


class FindingPart(Part):
    """``counts.finding``: findings after the first dose that count.

    Either a neurological examination whose state against the subject's own baseline is ``neurology`` or worse, by the limits of
    ``[neurology]``; or a result of one of the ``tests`` (imaging, say) in whose text one of the ``words`` stands, in capitals or not:
    words that a result without the finding does not use ("overgrowth" stands in "no overgrowth" too).
    """

    neurology: Literal["amber", "red"] | None = None
    tests: tuple[Code, ...] = ()
    words: tuple[Words, ...] = ()

    @model_validator(mode="after")
    def _one_of_two(self) -> "FindingPart":
        if bool(self.tests) != bool(self.words) or (self.neurology is None) == (not self.tests):
            raise ValueError("needs either neurology, or both tests and words")
        return self


class CountsPart(Part):
    """``counts`` of a monitor: which events count (every condition given must hold), and which results and findings do besides.

    With ``measurement`` or ``finding`` alone no event counts. Where fatal events count whatever else they are, a death without a fatal
    event on record counts too. Only what begins within ``within_days`` of the first dose counts, where
    that is given.
    """

    terms: tuple[str, ...] = ()
    aesi: tuple[str, ...] = ()
    minimum_grade: int | None = Field(default=None, ge=1, le=5)
    serious: bool | None = None
    fatal: bool | None = None
    dlt: bool | None = None
    attributed_to: tuple[Head, ...] = ()
    measurement: MeasurementPart | None = None
    finding: FindingPart | None = None
    within_days: int | None = Field(default=None, ge=1)

    @property
    def counts_events(self) -> bool:
        """Whether adverse events count: a condition on them is given, or nothing else is asked for."""
        return self._narrowed or self.fatal is not None or not self.counts_results

    @property
    def counts_deaths(self) -> bool:
        """Whether every fatal event counts, and so a death on or after the day of the first dose that has no event."""
        return self.fatal is True and not self._narrowed

    @property
    def _narrowed(self) -> bool:
        """Whether events are asked for by anything besides being fatal."""
        asked = (self.minimum_grade, self.serious, self.dlt)
        return bool(self.terms or self.aesi or self.attributed_to) or any(one is not None for one in asked)

    @property
    def counts_results(self) -> bool:
        """Whether results of laboratory or examination count: they are read subject by subject."""
        return self.measurement is not None or self.finding is not None


class PosteriorRule(Part):
    """Pause when Pr(rate > target) >= the monitor's ``pause_above``, watch from ``watch_above``: a threshold that is not calibrated."""

    name: Literal["posterior"] = "posterior"


class CalibratedRule(Part):
    """What every calibrated rule declares: the chance ``alpha`` of a false alarm over ``subjects`` (else those planned for accrual).

    ``higher`` is the rate at which the power is told; without it, two and three times the target.
    """

    alpha: float = Field(gt=0, le=0.5)
    subjects: int | None = Field(default=None, ge=1, le=MOST_PLANNED)
    higher: Rate | None = None


class BoundaryRule(CalibratedRule):
    """A boundary over the number of subjects that takes no other parameter; "beta-binomial" uses the monitor's prior."""

    name: Literal["beta-binomial", "Pocock", "O'Brien-Fleming", "MaxSPRT"]


class WangTsiatisRule(CalibratedRule):
    """The Wang-Tsiatis boundary: ``delta`` 0 is O'Brien and Fleming's, 0.5 spends as Pocock's constant does."""

    name: Literal["Wang-Tsiatis"]
    delta: float = Field(ge=0, le=1)


class ChenChalonerRule(CalibratedRule):
    """Two beliefs: Pr(rate > target) is calibrated, and Pr(rate > ``higher``) must exceed ``belief`` as well."""

    name: Literal["Chen-Chaloner"]
    higher: Rate
    belief: Rate


class RatioRule(CalibratedRule):
    """Wald's sequential ratio of ``higher`` against the target, truncated at the planned subjects."""

    name: Literal["SPRT"]
    higher: Rate


class CusumRule(CalibratedRule):
    """The Bernoulli CUSUM of ``higher`` against the target; its height follows from alpha."""

    name: Literal["CUSUM"]
    higher: Rate


class ExposureRule(CalibratedRule):
    """A boundary over the follow-up of all subjects together, for windows that are still open; needs ``counts.within_days``.

    Its chances are those of a constant rate over the window: where events come early, it pauses falsely more often than is printed.
    """

    name: Literal["exposure"]
    family: Literal["Pocock", "OBF", "WT", "SPRT", "MaxSPRT"] = "Pocock"
    delta: float | None = Field(default=None, ge=0, le=1)

    @model_validator(mode="after")
    def _parameters_fit(self) -> "ExposureRule":
        faults = ["WT needs delta, the others take none"] if (self.family == "WT") != (self.delta is not None) else []
        faults += ["SPRT needs higher"] if self.family == "SPRT" and self.higher is None else []
        if faults:
            raise ValueError("; ".join(faults))
        return self


Rule = Annotated[
    PosteriorRule | BoundaryRule | WangTsiatisRule | ChenChalonerRule | RatioRule | CusumRule | ExposureRule, Field(discriminator="name")
]


class MonitorPart(Part):
    """``[[monitors]]``: a safety monitor: what counts, the tolerated rate, the rule and what is to be done.

    ``prior`` is the belief before the data: Beta(0.5, 0.5) for the plain threshold, else worth two subjects with the target as its
    mean, unless declared. ``at_once`` pauses on the first event, without statistics.
    """

    code: Code
    label: Words
    counts: CountsPart
    target: float | None = Field(default=None, gt=0, lt=1)
    rule: Rule = PosteriorRule()
    prior: tuple[float, float] = (0.5, 0.5)
    watch_above: Rate = 0.8
    pause_above: Rate = 0.95
    at_once: bool = False
    action: Words

    @model_validator(mode="after")
    def _rule_complete(self) -> "MonitorPart":
        faults = [*self._faults_of_threshold(), *self._faults_of_rule()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _faults_of_threshold(self) -> list[str]:
        """What is wrong with target, prior and thresholds."""
        faults = [] if self.at_once or self.target is not None else ["needs a target rate, or at_once = true"]
        if not all(0 < one <= 1e6 for one in self.prior):
            faults.append("prior needs two numbers above 0")
        return [*faults, *(["watch_above must not lie above pause_above"] if self.watch_above > self.pause_above else [])]

    def _faults_of_rule(self) -> list[str]:
        """What is wrong with the rule beside the rest of the monitor."""
        rule = self.rule
        if isinstance(rule, PosteriorRule):
            return []
        faults = ["at_once takes no rule"] if self.at_once else []
        spare = sorted({"watch_above", "pause_above"} & self.model_fields_set)
        faults += [f"{' and '.join(spare)} belong to the rule posterior only"] if spare else []
        if rule.higher is not None and self.target is not None and not self.target < rule.higher < 1:
            faults.append("rule.higher must lie above the target and below 1")
        if isinstance(rule, ExposureRule) and self.counts.within_days is None:
            faults.append("the rule exposure needs counts.within_days")
        return faults

    @property
    def belief(self) -> tuple[float, float]:
        """The prior in use."""
        if isinstance(self.rule, PosteriorRule) or "prior" in self.model_fields_set or self.target is None:
            return self.prior
        return PRIOR_WEIGHT * self.target, PRIOR_WEIGHT * (1 - self.target)
