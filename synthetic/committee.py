"""The course of an escalation by the protocol's own rule: stagger, DLT window, committee, next dose level."""

import numpy as np

from synthetic.clock import DAY, NEVER, to_day
from synthetic.course import CohortState, Course, PlantedAt, Ruling, Setting, declared_cohorts, next_weekday, pick_sites
from synthetic.rule import Step, Tally, decide_step
from synthetic.scenarios import Planted

ADJUDICATION_DAYS = 5
"""Days from learning of a candidate event to its judgement as a DLT, as `synthetic/reporting.py` uses them."""


def escalate_course(setting: Setting) -> Course:
    """Return the whole course of a scenario, from the first dosing to the end of the escalation."""
    return _Escalation(setting).run()


class _Escalation:
    """The state of the escalation while it is told: subjects so far, DLTs known, decisions."""

    def __init__(self, setting: Setting) -> None:
        assert setting.protocol.escalation is not None
        assert setting.protocol.stagger is not None
        self.setting = setting
        self.rule, self.stagger = setting.protocol.escalation, setting.protocol.stagger
        self.generator = setting.stream("course")
        levels = len(setting.protocol.dose_levels)
        self.dosed, self.toxic = [0] * levels, [0] * levels
        self.level: list[int] = []
        self.day: list[int] = []
        self.opened: list[int] = []
        self.rulings: list[Ruling] = []
        self.cohorts = declared_cohorts(setting)
        self.planted: list[PlantedAt] = []
        self.late: list[tuple[int, Planted]] = []

    def run(self) -> Course:
        """Dose cohort after cohort until the rule stops."""
        here, earliest = self.rule.start_level - 1, to_day(self.setting.scenario.first_dose)
        self._open(here, earliest - 30)
        while True:
            self._dose_cohort(here, earliest)
            step, decided = self._decide(here)
            if self.late and step == "escalate":
                step, decided = self._reopen(here, decided)
            if step == "stop":
                break
            here += {"escalate": 1, "stay": 0, "de-escalate": -1}[step]
            self._open(here, decided + 1)
            earliest = max(decided + 2, self.day[-1] + self.stagger.between_cohorts_days if step != "stay" else 0)
        return self._finish()

    def _finish(self) -> Course:
        sites = pick_sites(self.setting, self.generator, len(self.level))
        rulings = tuple(self.rulings) if self.rule.committee_review else ()
        level, day, opened = (np.array(values, dtype=np.int64) for values in (self.level, self.day, self.opened))
        return Course(level, sites, day, opened, rulings, tuple(map(tuple, self.cohorts)), tuple(self.planted))

    def _pace(self) -> int:
        low, high = self.setting.scenario.pace_days
        return int(self.generator.integers(low, high + 1))

    def _places(self, level: int) -> int:
        size = self.rule.cohort_size
        return min(size - self.dosed[level] % size, self.rule.max_per_dose - self.dosed[level])

    def _open(self, level: int, day: int) -> None:
        """Open a cohort, or open it again for more subjects."""
        states = self.cohorts[level]
        opened = states[-1].opened if states[-1].opened != NEVER else day
        states.append(CohortState(self.setting.at_study(day, 9), self.dosed[level] + self._places(level), opened))

    def _dose_cohort(self, level: int, earliest: int) -> None:
        """Dose the open places one by one at the protocol's distances, unless the answer is certain before."""
        target = self.dosed[level] + self._places(level)
        while self.dosed[level] < target:
            if self.level:
                earliest += self._pace()
            earliest = next_weekday(earliest)
            if self._is_too_toxic(level, target, earliest):
                return
            self._dose(level, earliest)
            earliest += self.stagger.sentinel_days if self.dosed[level] == 1 else self.stagger.next_days

    def _dose(self, level: int, day: int) -> None:
        self.dosed[level] += 1
        index = len(self.level)
        self.level.append(level)
        self.day.append(day)
        state = self.cohorts[level][-1]
        self.opened.append(int(state.known // DAY))
        for event in self.setting.scenario.planted:
            if (event.level, event.nth) != (level + 1, self.dosed[level]):
                continue
            if event.late:
                self.late.append((index, event))
            else:
                self.planted.append(PlantedAt(index, event))

    def _judged_days(self, level: int) -> list[int]:
        """Days on which the DLTs planted at ``level`` are judged, in order; late ones not counted."""
        return sorted(
            self.day[part.subject] + int(part.event.day) + 1 + ADJUDICATION_DAYS
            for part in self.planted
            if self.level[part.subject] == level and part.event.dlt == "yes"
        )

    def _is_too_toxic(self, level: int, target: int, day: int) -> bool:
        """Whether the rule is certain to leave ``level`` downwards on what is judged before ``day``."""
        tally = self._tally()
        dosed = tuple(target if index == level else n for index, n in enumerate(tally.dosed))
        known = sum(judged < day for judged in self._judged_days(level))
        toxic = tuple(known if index == level else n for index, n in enumerate(tally.toxic))
        if known < 2 or not self.level:
            return False
        return decide_step(self.setting.protocol, Tally(dosed, toxic), level) in ("de-escalate", "stop")

    def _tally(self) -> Tally:
        return Tally(tuple(self.dosed), tuple(self.toxic))

    def _decide(self, level: int) -> tuple[Step, int]:
        """Let the committee decide on the cohort; return the step and its day."""
        judged = self._judged_days(level)
        before = self.toxic[level]
        self.toxic[level] = len(judged)
        step = decide_step(self.setting.protocol, self._tally(), level)
        last = self.day[-1] + self.setting.window_days
        if len(judged) >= 2 and len(judged) > before and step in ("de-escalate", "stop"):
            self._rule(judged[-1] - ADJUDICATION_DAYS + 1, level, "pause", None, "dosing is paused until the committee has met")
            last = judged[-1]
        decided = next_weekday(last + int(self.generator.integers(5, 9)))
        step = self._bound_by_plan(step)
        self._announce(decided, level, step)
        return step, decided

    def _bound_by_plan(self, step: Step) -> Step:
        """End the trial when the planned number of subjects would be passed."""
        accrual = self.setting.protocol.accrual
        if accrual and len(self.level) + self.rule.cohort_size > accrual.planned_subjects:
            return "stop"
        return step

    def _announce(self, day: int, level: int, step: Step) -> None:
        """Record the decision and close the cohort unless it goes on."""
        names = [part.label for part in self.setting.protocol.dose_levels]
        goal = level + {"escalate": 1, "stay": 0, "de-escalate": -1}.get(step, 0)
        reasons = {
            "escalate": f"the next cohort receives {names[goal]}",
            "stay": f"up to {self.dosed[level] + self.rule.cohort_size} subjects are dosed at this level",
            "de-escalate": f"this dose is too toxic; the next subjects receive {names[goal]}",
            "stop": "dosing is complete",
        }
        self._rule(day, level, step, None if step == "stop" else goal, reasons[step])
        if step != "stay":
            state = self.cohorts[level][-1]
            known = self.setting.at_study(day, 16)
            self.cohorts[level].append(CohortState(known, self.dosed[level], state.opened, day))

    def _rule(self, day: int, level: int, decision: str, goal: int | None, reason: str) -> None:
        label = self.setting.protocol.dose_levels[level].label
        counts = f"{self.toxic[level]} of {self.dosed[level]} subjects dosed at {label} had a DLT"
        self.rulings.append(Ruling(self.setting.at_study(day, 14), level, decision, goal, f"{counts}; {reason}."))

    def _reopen(self, level: int, decided: int) -> tuple[Step, int]:
        """A DLT of the closed cohort becomes known after the next level has begun: pause, then decide again."""
        day = next_weekday(max(decided + 2, self.day[-1] + self.stagger.between_cohorts_days) + self._pace())
        self._open(level + 1, decided + 1)
        self._dose(level + 1, day)
        known = day + int(self.generator.integers(4, 7))
        for subject, event in self.late:
            self.planted.append(PlantedAt(subject, event, self.setting.at_study(known, 11)))
        self.toxic[level] += sum(event.dlt == "yes" for _, event in self.late)
        self.late.clear()
        self._rule(known + 1, level, "pause", None, "an event inside the window became known after the decision; dosing is paused")
        again = next_weekday(known + int(self.generator.integers(14, 18)))
        step = decide_step(self.setting.protocol, self._tally(), level)
        self._announce(again, level, step)
        return step, again
