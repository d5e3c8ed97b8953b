"""What a simulation of the trial at hand begins from: its design, its calendar, and true curves worth asking about."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log

from trial.clocks.accrual import DAYS_PER_MONTH, plan_of
from trial.escalation.register import DESIGNS
from trial.protocol import Protocol
from trial.sentence import Sentence

SLOPE = 0.9
"""Steepness of the true curves: log-odds of a DLT from one dose to the next; at a target of 0.30 the doses beside it have 0.15 and 0.51."""
FAR = 2
"""Steps by which the curve "all safe" lies below the target at the highest dose."""
STAND_IN_LEVELS = 5


@dataclass(frozen=True)
class Curve:
    """One possible truth: a sentence that names it, and the true DLT rate per dose level."""

    name: Sentence
    truth: tuple[float, ...]


@dataclass(frozen=True)
class Setting:
    """What the protocol says of a simulation; ``declared`` is False where it declares no design or doses and common values stand in.

    ``window_days``, ``per_day`` (subjects arriving a day) and ``stagger_days`` are None where the protocol does not say them.
    """

    declared: bool
    design: str
    labels: tuple[str, ...]
    target: float
    cohort_size: int
    cohorts: int
    start: int
    parameters: Mapping[str, object]
    amounts: tuple[float, ...]
    most_per_dose: int | None
    window_days: int | None
    per_day: float | None
    stagger_days: int | None

    @property
    def levels(self) -> int:
        """The number of dose levels."""
        return len(self.labels)


def read_setting(protocol: Protocol) -> Setting:
    """Return what ``protocol`` says of a simulation."""
    part, plan = protocol.escalation, plan_of(protocol)
    declared = part is not None and bool(protocol.dose_levels)
    labels = tuple(level.label for level in protocol.dose_levels) or tuple(str(number + 1) for number in range(STAND_IN_LEVELS))
    amounts = tuple(float(level.vector[0].value) for level in protocol.dose_levels if isinstance(level.vector[0].value, float))
    size = part.cohort_size if part else 3
    planned = plan.subjects if plan else 2 * size * len(labels)
    default = getattr(DESIGNS.get(part.design), "target", 0.3) if part else 0.3
    target = float(part.parameters.get("target", default)) if part else 0.3
    return Setting(
        declared=declared,
        design=part.design if part else "BOIN",
        labels=labels,
        target=target,
        cohort_size=size,
        cohorts=max(-(-planned // size), 1),
        start=part.start_level if part else 1,
        parameters=dict(part.parameters) if part else {},
        amounts=amounts if len(amounts) == len(labels) else tuple(float(number + 1) for number in range(len(labels))),
        most_per_dose=part.max_per_dose if part else None,
        window_days=protocol.dlt.window_days if protocol.dlt else None,
        per_day=plan.per_month / DAYS_PER_MONTH if plan and plan.per_month > 0 else None,
        stagger_days=protocol.stagger.next_days if protocol.stagger else None,
    )


def choose_parameters(setting: Setting, design: str, *, target: float, cohort_size: int) -> dict[str, object]:
    """Return the parameters of ``design`` in this trial: the protocol's own where it names that design, else what the design needs."""
    own = {field for field in DESIGNS[design].__dataclass_fields__}
    values: dict[str, object] = {"half_width": 0.05, "prior_mtd": (setting.levels + 1) // 2, "amounts": setting.amounts}
    if setting.most_per_dose is not None:
        values["stop_at_n"] = setting.most_per_dose
    chosen = {key: value for key, value in values.items() if key in own}
    if design == setting.design and setting.declared:
        given = set(setting.parameters)
        if "skeleton" in given:
            chosen = {key: value for key, value in chosen.items() if key not in ("half_width", "prior_mtd")}
        chosen |= setting.parameters
    return chosen | {"target": target, "cohort_size": cohort_size}


def list_curves(levels: int, target: float) -> tuple[Curve, ...]:
    """Return the true curves worth asking about: every dose too toxic, each dose the right one in turn, and every dose safe."""
    curves = [Curve(Sentence("every dose is too toxic"), _draw(levels, target, 0))]
    curves += [Curve(Sentence("dose {dose} is right", dose=dose), _draw(levels, target, dose)) for dose in range(1, levels + 1)]
    return (*curves, Curve(Sentence("every dose is safe"), _draw(levels, target, levels + FAR)))


def _draw(levels: int, target: float, right: int) -> tuple[float, ...]:
    """A logistic curve whose rate at level ``right`` is the target."""
    middle = log(target / (1 - target))
    rates = (round(1 / (1 + exp(-(middle + SLOPE * (level - right)))), 3) for level in range(1, levels + 1))
    return tuple(target if level == right else rate for level, rate in enumerate(rates, 1))
