"""A protocol in words, part by part, for those who do not read TOML."""

from collections.abc import Iterator

from trial.protocol import MonitorPart, Protocol
from trial.protocol_monitors import CalibratedRule
from trial.sentence import Sentence
from trial.signals.monitor_words import describe_rule

Line = tuple[Sentence, Sentence]
"""What the line is about, and what the protocol says of it."""


def describe_protocol(protocol: Protocol) -> list[Line]:
    """Return the parts that ``protocol`` declares, in words; a part that is not declared says so."""
    return [*_study(protocol), *_doses(protocol), *_escalation(protocol), *_dlt(protocol), *_safety(protocol), *_schedule(protocol)]


def _study(protocol: Protocol) -> Iterator[Line]:
    version, study = protocol.version, protocol.study
    yield (
        Sentence("version"),
        Sentence("{number}, in force from {day}: {reason}", number=version.number, day=version.effective, reason=Sentence(version.reason)),
    )
    yield Sentence("product"), _quote(study.product)
    yield Sentence("indication"), _quote(study.indication)
    if protocol.accrual:
        yield (
            Sentence("plan"),
            Sentence(
                "{n} subjects at {sites} sites from {day}, about {share}% of those screened are expected to fail screening",
                n=protocol.accrual.planned_subjects,
                sites=len(protocol.sites),
                day=protocol.accrual.first_enrolment,
                share=round(100 * protocol.accrual.screen_failure_rate),
            ),
        )


def _doses(protocol: Protocol) -> Iterator[Line]:
    for level in protocol.dose_levels:
        vector = "; ".join(
            f"{part.name} {_amount(part.value)} {part.unit if part.unit != part.name else ''}".strip() for part in level.vector
        )
        yield Sentence("dose level {number}", number=level.number), _quote(f"{level.label} ({vector})")


def _escalation(protocol: Protocol) -> Iterator[Line]:
    part = protocol.escalation
    if part is None:
        yield Sentence("escalation"), Sentence("not declared")
        return
    review = Sentence("a committee decides between cohorts") if part.committee_review else Sentence("no committee decision is required")
    yield (
        Sentence("escalation"),
        Sentence(
            "{design}, cohorts of {size}, at most {most} at a dose, start at level {start}; {review}",
            design=part.design,
            size=part.cohort_size,
            most=part.max_per_dose,
            start=part.start_level,
            review=review,
        ),
    )
    if protocol.stagger:
        gap = protocol.stagger
        yield (
            Sentence("stagger"),
            Sentence(
                "{first} days after the first subject of a dose, {later} days after each later one, {between} days between cohorts",
                first=gap.sentinel_days,
                later=gap.next_days,
                between=gap.between_cohorts_days,
            ),
        )


def _dlt(protocol: Protocol) -> Iterator[Line]:
    part = protocol.dlt
    if part is None:
        yield Sentence("DLT"), Sentence("not declared")
        return
    anchor = Sentence("first dose") if part.counted_from == "first dose" else Sentence("last dose")
    yield Sentence("DLT window"), Sentence("{days} days from the {anchor}, whose day is day 0", days=part.window_days, anchor=anchor)
    yield Sentence("DLT"), _quote(part.definition)


def _safety(protocol: Protocol) -> Iterator[Line]:
    for monitor in protocol.monitors:
        planned = protocol.accrual.planned_subjects if protocol.accrual else None
        yield Sentence("monitor {code}", code=monitor.code), _describe_monitor(monitor, planned)
    if protocol.concomitant:
        part = protocol.concomitant
        text = Sentence("{label}: {drugs} to day {day}", label=part.label, drugs=", ".join(part.drugs), day=part.until_day)
        yield Sentence("required treatment"), text
    for special in protocol.aesi:
        yield Sentence("special interest {code}", code=special.code), _quote(f"{special.label}: {', '.join(special.terms)}")


def _describe_monitor(monitor: MonitorPart, planned: int | None) -> Sentence:
    if monitor.at_once or monitor.target is None:
        return Sentence("{label}: pause for review at the first event. {action}", label=monitor.label, action=monitor.action)
    if isinstance(monitor.rule, CalibratedRule):
        rule = describe_rule(monitor, monitor.rule.subjects or planned)
        return Sentence("{label}: {rule} {action}", label=monitor.label, rule=rule, action=monitor.action)
    return Sentence(
        "{label}: pause for review when Pr(rate > {target}%) reaches {pause}%, watch from {watch}%, prior Beta({a}, {b}). {action}",
        label=monitor.label,
        target=f"{100 * monitor.target:g}",
        pause=f"{100 * monitor.pause_above:g}",
        watch=f"{100 * monitor.watch_above:g}",
        a=f"{monitor.prior[0]:g}",
        b=f"{monitor.prior[1]:g}",
        action=monitor.action,
    )


def _schedule(protocol: Protocol) -> Iterator[Line]:
    if protocol.visits:
        days = "; ".join(f"{visit.label} ({visit.day:+d})" for visit in protocol.visits)
        yield Sentence("visits, day after the first dose"), _quote(days)
    if protocol.phases:
        yield Sentence("perioperative phases"), _quote("; ".join(phase.label for phase in protocol.phases))


def _amount(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,.0f}" if value >= 1000 else f"{value:g}"


def _quote(text: str) -> Sentence:
    """The protocol's own text, which is not translated."""
    return Sentence("{text}", text=text)
