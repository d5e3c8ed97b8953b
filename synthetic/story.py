"""The whole story of a made-up trial, told before any cut, so that every cut of it tells the same."""

import re
from dataclasses import dataclass

from synthetic.clock import as_instant
from synthetic.committee import escalate_course
from synthetic.course import Course, Setting, spread_course
from synthetic.events import Happenings, sample_events
from synthetic.judgement import Judgement, judge_events
from synthetic.people import People, gather_people
from synthetic.population import load_population
from synthetic.reporting import Reports, report_events
from synthetic.scenarios import find_scenario
from synthetic.treatment import Treatment, treat
from trial.errors import Fault, FaultyInput
from trial.protocol import parse_protocol

MOST_SUBJECTS = 1_000_000


@dataclass(frozen=True)
class Story:
    """Everything that happens in a made-up trial; ``subjects`` is how many were asked for by number, None with a script."""

    setting: Setting
    subjects: int | None
    people: People
    treatment: Treatment
    events: Happenings
    judged: Judgement
    reports: Reports

    @property
    def course(self) -> Course:
        """Who is dosed when, and the decisions."""
        return self.people.course

    def instant_text(self, minute: int) -> str:
        """A UTC minute as ISO text."""
        instant = as_instant(minute)
        return instant.isoformat() if instant else ""


def tell_story(scenario: str, *, seed: int, subjects: int | None = None, study_code: str | None = None, text: str | None = None) -> Story:
    """Return the whole story of a scenario; raise FaultyInput for input that cannot be used.

    ``text`` is another protocol text for the same scenario, the study code in it included.
    """
    chosen = find_scenario(scenario)
    _check_options(seed, subjects, study_code)
    text = text or chosen.protocol_text
    code = parse_protocol(text, source=chosen.protocol).study.code
    if study_code:
        text, code = text.replace(f'code = "{code}"', f'code = "{study_code}"', 1), study_code
    setting = Setting(chosen, parse_protocol(text), text, load_population(chosen.population), seed, code)
    scripted = subjects is None
    course: Course = escalate_course(setting) if subjects is None else spread_course(setting, subjects)
    people = gather_people(setting, course, deaths=not scripted)
    treatment = treat(setting, people)
    events = sample_events(setting, people, treatment, scripted=scripted)
    judged = judge_events(setting, people, treatment, events, scripted=scripted)
    reports = report_events(setting, people, treatment, events, judged)
    return Story(setting, subjects, people, treatment, events, judged, reports)


def _check_options(seed: int, subjects: int | None, study_code: str | None) -> None:
    faults = []
    if study_code is not None and not re.fullmatch(r"[\w.+-]{1,40}", study_code):
        faults.append(Fault("study", "has a code that cannot be used", "Use 1 to 40 letters, digits and . + - _ only."))
    if not 0 <= seed < 2**63:
        faults.append(Fault("seed", f"{seed} is out of range", "Give a whole number from 0 on."))
    if subjects is not None and not 0 <= subjects <= MOST_SUBJECTS:
        faults.append(Fault("subjects", f"{subjects} is out of range", f"Give a number from 0 to {MOST_SUBJECTS:,}."))
    if faults:
        raise FaultyInput(faults)
