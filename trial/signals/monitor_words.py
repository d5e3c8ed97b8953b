"""A monitor in words: its rule, how far it is from pausing, and why it is watched."""

from trial.protocol import MonitorPart
from trial.protocol_monitors import CalibratedRule, CusumRule, ExposureRule
from trial.sentence import Sentence
from trial.signals.intervals import describe_percent
from trial.signals.monitor import PAUSE, WATCH


def describe_rule(monitor: MonitorPart, subjects: int | None = None) -> Sentence:
    """Return the rule of ``monitor`` in words; ``subjects`` are those that a calibrated one is for."""
    if monitor.target is None or monitor.at_once:
        return Sentence("Pauses for review on the first event, without statistics.")
    rule = monitor.rule
    if not isinstance(rule, CalibratedRule):
        return Sentence(
            "Pauses for review when the true rate exceeds {target} with a probability of {pause} or more, watches from {watch} "
            "(prior Beta({a}, {b}), worth {weight} subjects); a plain threshold, not calibrated.",
            target=describe_percent(monitor.target),
            pause=describe_percent(monitor.pause_above),
            watch=describe_percent(monitor.watch_above),
            **_prior(monitor),
        )
    return Sentence(
        "{rule}, calibrated: in at most {alpha} of trials with {n} subjects does it pause when the true rate is the target of {target}.",
        rule=_name(monitor, rule),
        alpha=describe_percent(rule.alpha),
        n=subjects or rule.subjects or "?",
        target=describe_percent(monitor.target),
    )


def _prior(monitor: MonitorPart) -> dict[str, str]:
    a, b = monitor.belief
    return {"a": f"{a:g}", "b": f"{b:g}", "weight": f"{a + b:g}"}


def _name(monitor: MonitorPart, rule: CalibratedRule) -> Sentence:
    """The rule's name and its own parameters."""
    name = str(getattr(rule, "name", ""))
    if name == "beta-binomial":
        return Sentence("Beta-binomial boundary (prior Beta({a}, {b}), worth {weight} subjects)", **_prior(monitor))
    if isinstance(rule, CusumRule):
        return Sentence("Bernoulli CUSUM against a rate of {higher}", higher=describe_percent(rule.higher))
    if isinstance(rule, ExposureRule):
        days = monitor.counts.within_days
        return Sentence(
            "{family} boundary over days at risk, within {days} days of dosing, for events spread evenly (early ones reach it sooner)",
            family=rule.family,
            days=days,
        )
    if rule.higher is not None and name in ("SPRT", "Chen-Chaloner"):
        return Sentence("{family} boundary against a rate of {higher}", family=name, higher=describe_percent(rule.higher))
    return Sentence("{family} boundary", family=name)


def describe_left(left: int | None, state: str, reached: int | None = None) -> Sentence:
    """Return in words how far a monitor is from pausing, or with which subject in order of dosing it was reached."""
    if state == PAUSE:
        return Sentence("reached") if reached is None else Sentence("reached with dosed subject no. {place}", place=reached)
    if left is None:
        return Sentence("out of reach")
    return Sentence("1 more subject") if left == 1 else Sentence("{left} more subjects", left=left)


def describe_watch(state: str, left: int | None, if_all: str, pending: int) -> Sentence | None:
    """Return why a monitor is watched; None for one that is not."""
    if state != WATCH:
        return None
    if left == 1:
        return Sentence("would pause with one more event")
    if pending and if_all == PAUSE:
        return Sentence("would pause if all {n} pending subjects had an event", n=pending)
    return Sentence("the probability of a rate above the target is raised")
