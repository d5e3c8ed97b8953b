"""Who takes part: screened, failed, waiting and dosed people with their traits and milestones."""

from dataclasses import dataclass

import numpy as np

from synthetic.clock import DAY, NEVER, Flags, Ints, Zones
from synthetic.course import Course, Setting

DEFAULT_FAILURE_RATE = 0.35
WITHDRAWN_SHARE = 0.1
"""Share of those never dosed who were eligible and withdrew before dosing."""
COMPLETES, LEAVES, DIES = 0, 1, 2


@dataclass(frozen=True)
class Traits:
    """Traits of everyone screened; indexes into the lists of the population file, -1 where it has none."""

    age_years: Ints
    female: Flags
    level: Ints
    ais: Ints
    mechanism: Ints
    injured: Ints
    levels: tuple[str, ...]
    grades: tuple[str, ...]


@dataclass(frozen=True)
class People:
    """Everyone screened, the dosed first and in the order of dosing. Days since 1970, local to the site.

    ``failed`` is the number of the criterion that was not met (-1: eligible); ``end`` the last day of follow-up and
    ``end_kind`` how it ended. Moments of knowing are UTC minutes, NEVER where there is nothing to know.
    """

    course: Course
    zones: Zones
    site: Ints
    code: tuple[str, ...]
    screened: Ints
    decided: Ints
    enrolled: Ints
    failed: Ints
    end: Ints
    end_kind: Ints
    end_reason: Ints
    traits: Traits
    known_screened: Ints
    known_decided: Ints
    known_enrolled: Ints
    known_end: Ints

    def __len__(self) -> int:
        return len(self.site)

    @property
    def dosed(self) -> int:
        """How many of them are dosed; they come first."""
        return len(self.course)


def gather_people(setting: Setting, course: Course, *, deaths: bool) -> People:
    """Return the people of a course: its dosed subjects and those who were screened beside them."""
    draw = setting.stream("people")
    zones = Zones([site.time_zone for site in setting.protocol.sites])
    beside = _count_beside(setting, len(course), draw)
    n, extra = len(course), len(beside)
    site = np.concatenate([course.site, _sites_of_others(setting, extra, draw)])
    dosed_screen, dosed_ready = _screen_backwards(setting, course, draw)
    screened = np.concatenate([dosed_screen, dosed_screen[beside] + draw.integers(-12, 13, extra)]).astype(np.int64)
    decided = np.concatenate([dosed_ready, screened[n:] + draw.integers(2, 10, extra)]).astype(np.int64)
    failed = np.concatenate([np.full(n, -1), _draw_failures(setting, extra, draw)]).astype(np.int64)
    enrolled = _enrol(course, decided, failed, draw)
    end, kind, reason = _end_follow_up(setting, course, enrolled, failed, draw, deaths=deaths)
    traits = _draw_traits(setting, course, screened, failed, draw)
    late = draw.integers(0, 2 * DAY, (4, n + extra))
    known = [zones.to_utc(day * DAY + 15 * 60, site) for day in (screened, decided, np.maximum(enrolled, 0), np.maximum(end, 0))]
    known_screened = known[0] + late[0]
    known_decided = np.maximum(known[1], known_screened) + late[1] // 4
    known_enrolled = np.where(enrolled == NEVER, NEVER, np.maximum(known[2] + late[2] // 8, known_decided + 60))
    known_end = np.where(end == NEVER, NEVER, known[3] + np.where(kind == DIES, late[3] // 4, late[3]))
    codes = _give_codes(setting, site, screened)
    return People(
        course, zones, site, codes, screened, decided, enrolled, failed, end, kind, reason, traits,
        known_screened, known_decided, known_enrolled, known_end,
    )  # fmt: skip


def _count_beside(setting: Setting, dosed: int, draw: np.random.Generator) -> Ints:
    """For everyone screened but not dosed, the dosed subject they are screened beside; evenly at the expected share."""
    accrual = setting.protocol.accrual
    rate = min(accrual.screen_failure_rate if accrual else DEFAULT_FAILURE_RATE, 0.9) / (1 - WITHDRAWN_SHARE)
    quota = min(rate, 0.9) / (1 - min(rate, 0.9))
    steps = np.floor(quota * np.arange(dosed + 1) + draw.random())
    return np.repeat(np.arange(dosed), np.diff(steps).astype(np.int64)).astype(np.int64)


def _sites_of_others(setting: Setting, count: int, draw: np.random.Generator) -> Ints:
    weights = np.array([site.planned_per_month + 1e-9 for site in setting.protocol.sites])
    return draw.choice(len(weights), size=count, p=weights / weights.sum()).astype(np.int64)


def _screen_backwards(setting: Setting, course: Course, draw: np.random.Generator) -> tuple[Ints, Ints]:
    """Screening and eligibility days of the dosed, counted back from their dosing."""
    part = setting.population.course
    n = len(course)
    waiting = draw.integers(int(part.waiting_days[0]), int(part.waiting_days[1]) + 1, n)
    screening = draw.integers(int(part.screening_days[0]), int(part.screening_days[1]) + 1, n)
    return course.day - waiting - screening, course.day - waiting


def _draw_failures(setting: Setting, count: int, draw: np.random.Generator) -> Ints:
    """The criterion each of the others fails; -1 for those who withdraw though eligible."""
    criteria = setting.protocol.eligibility
    if not criteria:
        return np.full(count, -1, dtype=np.int64)
    named = {part.criterion: part.weight for part in setting.population.failures}
    weights = np.array([named.get(criterion, 0.3) for criterion in criteria])
    failed = draw.choice(len(criteria), size=count, p=weights / weights.sum()).astype(np.int64)
    failed[draw.random(count) < WITHDRAWN_SHARE] = -1
    return failed


def _enrol(course: Course, decided: Ints, failed: Ints, draw: np.random.Generator) -> Ints:
    """Enrolment: a day or two after eligibility, and not before the cohort is open."""
    n = len(course)
    enrolled = decided + draw.integers(1, 3, len(decided))
    enrolled[:n] = np.minimum(np.maximum(enrolled[:n], course.opened + 1), course.day - 1)
    return np.where(failed >= 0, NEVER, enrolled)


def _end_follow_up(
    setting: Setting, course: Course, enrolled: Ints, failed: Ints, draw: np.random.Generator, *, deaths: bool
) -> tuple[Ints, Ints, Ints]:
    """Last day of follow-up, how it ended and the number of the reason for leaving."""
    part, n, total = setting.population.course, len(course), len(enrolled)
    wait = part.leave_after_day + draw.exponential(365.25 / max(part.leave_per_year, 1e-9), n)
    death = 5 + draw.exponential(365.25 / max(part.deaths_per_year, 1e-9), n) if deaths else np.full(n, np.inf)
    stay = setting.follow_up_days + draw.integers(-3, 8, n)
    days = np.minimum(np.minimum(wait, death), stay).astype(np.int64)
    kind = np.where(death <= np.minimum(wait, stay), DIES, np.where(wait < stay, LEAVES, COMPLETES))
    weights = np.array([*part.leave_reasons.values(), 1e-9])
    reason = draw.choice(len(weights), size=total, p=weights / weights.sum()).astype(np.int64)
    reason = np.minimum(reason, len(part.leave_reasons) - 1)
    end = np.full(total, NEVER, dtype=np.int64)
    end[:n] = course.day + days
    withdrawn = (np.arange(total) >= n) & (failed < 0)
    end[withdrawn] = enrolled[withdrawn] + draw.integers(2, 15, total)[withdrawn]
    kinds = np.concatenate([kind, np.full(total - n, LEAVES)]).astype(np.int64)
    reason[n:] = list(part.leave_reasons).index("withdrawal by subject") if "withdrawal by subject" in part.leave_reasons else 0
    return end, kinds, reason


def _draw_traits(setting: Setting, course: Course, screened: Ints, failed: Ints, draw: np.random.Generator) -> Traits:
    """Age, sex, injury; those who failed a criterion that shows in a trait have the trait."""
    part, total, n = setting.population.traits, len(screened), len(course)
    levels, grades = list(part.levels), list(part.ais)
    age = draw.integers(int(part.age_years[0]), int(part.age_years[1]) + 1, total)
    female = draw.random(total) < part.female
    level, ais = _draw_index(part.levels, total, draw), _draw_index(part.ais, total, draw)
    for number, criterion in enumerate(setting.protocol.eligibility):
        rule = next((rule for rule in setting.population.failures if rule.criterion == criterion), None)
        here = np.flatnonzero(failed == number)
        if rule is None or not len(here):
            continue
        if rule.age_years:
            age[here] = draw.integers(int(rule.age_years[0]), int(rule.age_years[1]) + 1, len(here))
        level[here] = _one_of(rule.levels, levels, level[here], draw)
        ais[here] = _one_of(rule.ais, grades, ais[here], draw)
    injured = np.full(total, NEVER, dtype=np.int64)
    if part.injured_days:
        low, high = int(part.injured_days[0]), int(part.injured_days[1])
        injured = screened - draw.integers(4, 30, total)
        injured[:n] = np.minimum(course.day - draw.integers(low, high + 1, n), screened[:n] - 2)
    mechanism = _draw_index(part.mechanisms, total, draw)
    return Traits(age, female, level, ais, mechanism, injured, tuple(levels), tuple(grades))


def _draw_index(weights: dict[str, float], count: int, draw: np.random.Generator) -> Ints:
    if not weights:
        return np.full(count, -1, dtype=np.int64)
    shares = np.array(list(weights.values()))
    return draw.choice(len(shares), size=count, p=shares / shares.sum()).astype(np.int64)


def _one_of(words: tuple[str, ...], known: list[str], before: Ints, draw: np.random.Generator) -> Ints:
    """Indexes of random ``words``, which are added to ``known``; ``before`` where there are none."""
    if not words:
        return before
    known += [word for word in words if word not in known]
    return np.array([known.index(words[place]) for place in draw.integers(0, len(words), len(before)).tolist()], dtype=np.int64)


def _give_codes(setting: Setting, site: Ints, screened: Ints) -> tuple[str, ...]:
    """Subject codes such as 01-003: the site and the number of the screening there."""
    codes, count = [""] * len(site), [0] * len(setting.protocol.sites)
    for index in np.argsort(screened, kind="stable").tolist():
        place = int(site[index])
        count[place] += 1
        codes[index] = f"{setting.protocol.sites[place].code}-{count[place]:03d}"
    return tuple(codes)
