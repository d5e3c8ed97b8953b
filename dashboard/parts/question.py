"""What a simulation is asked: one or two designs, the true curves, the size, the calendar; and the command that answers it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.text import say
from dashboard.view import View
from trial.clocks.accrual import DAYS_PER_MONTH
from trial.commandline_reading import read_rates
from trial.errors import refuse
from trial.escalation.follow_up import Clock
from trial.escalation.register import DESIGNS, create_design
from trial.escalation.setting import Curve, Setting, choose_parameters, list_curves
from trial.escalation.simulate import Plan
from trial.sentence import Sentence

TRIALS = (1_000, 10_000, 100_000)
MOST_CURVES = 8
CHUNKS = 20
"""Parts of a study after which it tells how far it is."""


@dataclass(frozen=True)
class Question:
    """What is simulated; ``designs`` holds (title, name, parameters), ``curves`` (name, true DLT rates)."""

    designs: tuple[tuple[str, str, Mapping[str, object]], ...]
    curves: tuple[tuple[str, tuple[float, ...]], ...]
    trials: int
    cohorts: int
    cohort_size: int
    start: int
    clock: Clock | None

    def check(self) -> None:
        """Raise FaultyInput with what the command would refuse."""
        for _, name, parameters in self.designs:
            create_design(name, dict(parameters), supplied={"levels": len(self.curves[0][1])})
        for _, truth in self.curves:
            Plan(truth=truth, trials=self.trials, cohorts=self.cohorts, cohort_size=self.cohort_size, start=self.start)

    def list_arguments(self, place: int) -> list[str]:
        """Return the arguments of `python -m trial` that simulate the design at ``place``."""
        _, name, parameters = self.designs[place]
        options: dict[str, float] = {
            "trials": self.trials, "cohorts": self.cohorts, "cohort-size": self.cohort_size, "start": self.start,
            "chunk": max(self.trials // CHUNKS, 50),
        }  # fmt: skip
        if self.clock:
            options |= {"window": self.clock.window, "accrual": self.clock.accrual, "stagger": self.clock.stagger}
        found = ["simulate", f"--design={name}", *(f"--{key}={value}" for key, value in options.items())]
        found += [f"--set={key}={_write(value)}" for key, value in parameters.items() if value is not None and key != "cohort_size"]
        return found + [f"--truth={_write(truth)}" for _, truth in self.curves]


def ask_question(view: View, setting: Setting) -> Question:
    """Show the controls and return what they ask; raise FaultyInput for what cannot be asked."""
    key = f"sim-{view.study.id}"
    first, second, third, fourth, fifth, sixth = st.columns([2.0, 2.0, 1.2, 1.2, 1.3, 1.9], gap="small", vertical_alignment="bottom")
    names = list(DESIGNS)
    default = names.index(setting.design) if setting.design in names else names.index("BOIN")
    other = names.index("3+3") if names[default] != "3+3" else names.index("BOIN")
    one = first.selectbox(say("Design"), names, index=default, key=f"{key}-a")
    two = second.selectbox(
        say("Beside it"), [None, *names], index=other + 1, key=f"{key}-b", format_func=lambda name: name or say("no other design")
    )
    percent = third.number_input(say("Target (%)"), 1.0, 99.0, round(setting.target * 100, 1), 1.0, "%.1f", key=f"{key}-target")
    target = round(percent / 100, 6)
    size = int(fourth.number_input(say("Cohort size"), 1, 20, setting.cohort_size, key=f"{key}-size"))
    cohorts = int(fifth.number_input(say("Cohorts at most"), 1, 100, min(setting.cohorts, 100), key=f"{key}-cohorts"))
    trials = sixth.selectbox(say("Trials"), TRIALS, index=1, key=f"{key}-trials", format_func=lambda number: f"{number:,}")
    chosen, own = _ask_curves(setting, target, key)
    with st.expander(say("Calendar and further parameters")):
        clock = _ask_clock(setting, key)
        left, right = st.columns(2, gap="small")
        hint = say("name=value; name=value")
        words = [
            column.text_input(say("Parameters of {design}", design=name), key=f"{key}-{place}", max_chars=300, placeholder=hint)
            for place, (column, name) in enumerate(((left, one), (right, two)))
            if name
        ]
    curves = _read_curves(setting, chosen, own)  # refused after every control stands, so that none loses what it holds
    designs = []
    for letter, name, text in zip("AB", (one, two), words, strict=False):
        if name:
            given = choose_parameters(setting, name, target=target, cohort_size=size) | _read_parameters(text)
            designs.append((f"{letter}: {name}", name, given))
    return Question(tuple(designs), curves, trials, cohorts, size, setting.start, clock)


def _ask_curves(setting: Setting, target: float, key: str) -> tuple[list[Curve], str]:
    """The true curves: some of those worth asking about, and what the reader writes as one of his own."""
    offered = list_curves(setting.levels, target)
    middle = (len(offered) - 1) // 2
    usual = sorted({0, 1, middle, len(offered) - 2})
    left, right = st.columns([3, 1.4], gap="small", vertical_alignment="bottom")
    chosen = left.multiselect(
        say("If the truth were"),
        range(len(offered)),
        default=usual,
        key=f"{key}-curves-{setting.levels}",
        format_func=lambda place: f"{say(offered[place].name.template, **offered[place].name.values)}: {_percents(offered[place].truth)}",
        max_selections=MOST_CURVES,
        wrap=True,
    )
    own = right.text_input(
        say("Or your own DLT rates (%), one per dose"), key=f"{key}-own", max_chars=200, placeholder=_percents(offered[middle].truth)
    )
    return [offered[place] for place in sorted(chosen)], own


def _read_curves(setting: Setting, chosen: list[Curve], own: str) -> tuple[tuple[str, tuple[float, ...]], ...]:
    """The curves with their names in the reader's language; raises FaultyInput where there is none or the reader's own is none."""
    found = [(say(curve.name.template, **curve.name.values), curve.truth) for curve in chosen]
    if own.strip():
        found.append((say("your own curve"), _read_own(own, setting.levels)))
    if not found:
        raise refuse(Sentence("true curve"), Sentence("none is chosen"), Sentence("Choose one, or write your own."))
    return tuple(found)


def _read_own(text: str, levels: int) -> tuple[float, ...]:
    rates = tuple(rate / 100 for rate in read_rates("your own curve", text.replace("%", "")))
    if len(rates) != levels:
        what = Sentence("has {n} rates for {levels} dose levels", n=len(rates), levels=levels)
        raise refuse(Sentence("your own curve"), what, Sentence("Give one rate per dose level."))
    return rates


def _ask_clock(setting: Setting, key: str) -> Clock | None:
    """Whether subjects arrive and are followed in time; from the protocol, else from common values."""
    timed = st.checkbox(say("Simulate time: arrivals, DLT windows, stagger"), value=setting.window_days is not None, key=f"{key}-timed")
    first, second, third = st.columns(3, gap="small")
    window = first.number_input(say("DLT window (days)"), 1, 1000, setting.window_days or 28, key=f"{key}-window", disabled=not timed)
    monthly = round((setting.per_day or 2 / DAYS_PER_MONTH) * DAYS_PER_MONTH, 1)
    accrual = second.number_input(say("Subjects a month"), 0.1, 1000.0, max(monthly, 0.1), 0.1, key=f"{key}-accrual", disabled=not timed)
    stagger = third.number_input(
        say("Days between two subjects"), 0, 365, setting.stagger_days or 0, key=f"{key}-stagger", disabled=not timed
    )
    return Clock(window=float(window), accrual=float(accrual) / DAYS_PER_MONTH, stagger=float(stagger)) if timed else None


def _read_parameters(text: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for pair in text.replace(",", ";").split(";"):
        name, equals, value = pair.partition("=")
        if pair.strip() and not (equals and name.strip()):
            what = Sentence("{text} is not of the form name=value", text=pair.strip()[:40])
            raise refuse(Sentence("parameters"), what, Sentence("Write, for example, coherent=true."))
        if equals:
            found[name.strip().replace("-", "_")] = value.strip()
    return found


def _percents(truth: tuple[float, ...]) -> str:
    return "; ".join(f"{rate * 100:.0f}" for rate in truth)


def _write(value: Any) -> str:
    if isinstance(value, tuple | list):
        return ";".join(str(part) for part in value)
    return str(value).lower() if isinstance(value, bool) else str(value)
