"""People as rows: subjects from screening to the end, what was checked, their history and how they left."""

from collections.abc import Sequence

import numpy as np

from db.models import Cohort, Disposition, EligibilityFinding, MedicalHistory, Site, Subject
from synthetic.clock import NEVER, Ints, as_date, as_instant
from synthetic.course import Setting
from synthetic.people import COMPLETES, DIES, People
from synthetic.record import Ids, Rows, Values, make_versions, simple_rows
from synthetic.treatment import Treatment

CONSENT_VERSION = "1.0"


def subject_rows(setting: Setting, people: People, treatment: Treatment) -> Rows:
    """Return SUBJECT rows: screening, eligible or not, enrolled, on study, and the end."""

    def build(index: int, ids: Ids) -> list[Values]:
        """The versions of one subject."""
        return make_versions(_first_version(setting, people, index, ids), _changes(setting, people, treatment, index, ids))

    return simple_rows(Subject, people.known_screened, build)


def _first_version(setting: Setting, people: People, index: int, ids: Ids) -> Values:
    traits, part = people.traits, setting.population.traits
    level, ais, mechanism = (int(values[index]) for values in (traits.level, traits.ais, traits.mechanism))
    day = as_date(int(people.screened[index]))
    return {
        "known_from": as_instant(int(people.known_screened[index])),
        "code": people.code[index],
        "site_id": int(ids[Site][people.site[index]]),
        "screened_on": day,
        "consented_on": day,
        "consent_version": CONSENT_VERSION,
        "eligible": None,
        "ineligible_reason": None,
        "enrolled_on": None,
        "planned_cohort_id": None,
        "actual_cohort_id": None,
        "reference_start_on": None,
        "age_years": int(traits.age_years[index]),
        "sex": "female" if traits.female[index] else "male",
        "injury_level": traits.levels[level] if level >= 0 else None,
        "ais": traits.grades[ais] if ais >= 0 else None,
        "injured_on": as_date(int(traits.injured[index])),
        "injury_mechanism": list(part.mechanisms)[mechanism] if mechanism >= 0 else None,
        "status": "screening",
        "discontinued_on": None,
        "discontinuation_reason": None,
        "died_on": None,
    }


def _changes(setting: Setting, people: People, treatment: Treatment, index: int, ids: Ids) -> list[tuple[int, Values]]:
    decided, failed = int(people.known_decided[index]), int(people.failed[index])
    if failed >= 0:
        reason = setting.protocol.eligibility[failed]
        return [(decided, {"eligible": False, "ineligible_reason": reason, "status": "screen failure"})]
    dosed = index < people.dosed
    cohort = int(ids[Cohort][people.course.level[index]]) if dosed else None
    enrolled: Values = {"enrolled_on": as_date(int(people.enrolled[index])), "planned_cohort_id": cohort, "status": "enrolled"}
    changes: list[tuple[int, Values]] = [(decided, {"eligible": True, "status": "eligible"}), (int(people.known_enrolled[index]), enrolled)]
    if dosed:
        day = as_date(int(people.course.day[index]))
        changes.append((int(treatment.known[index]), {"actual_cohort_id": cohort, "reference_start_on": day, "status": "on study"}))
    return [*changes, (int(people.known_end[index]), _end_values(setting, people, index))]


def _end_values(setting: Setting, people: People, index: int) -> Values:
    day, kind = as_date(int(people.end[index])), int(people.end_kind[index])
    if kind == COMPLETES:
        return {"status": "completed"}
    if kind == DIES:
        return {"status": "died", "died_on": day, "discontinued_on": day, "discontinuation_reason": "death"}
    return {"status": "discontinued", "discontinued_on": day, "discontinuation_reason": end_reason(setting, people, index)}


def end_reason(setting: Setting, people: People, index: int) -> str:
    """Return why follow-up ended, in the words of the disposition list."""
    kind = int(people.end_kind[index])
    if kind not in (DIES, COMPLETES):
        return list(setting.population.course.leave_reasons)[int(people.end_reason[index])]
    return "death" if kind == DIES else "completed"


def eligibility_rows(setting: Setting, people: People, *, every_criterion: bool) -> Rows:
    """Return ELIGIBILITY_FINDING rows: all criteria of everyone, or only the failed ones of a large trial."""
    count = len(setting.protocol.eligibility)
    if every_criterion:
        subject = np.repeat(np.arange(len(people)), count)
        criterion = np.tile(np.arange(count), len(people))
    else:
        subject = np.flatnonzero(people.failed >= 0)
        criterion = people.failed[subject]
    known = people.known_decided[subject]

    def build(index: int, ids: Ids) -> list[Values]:
        """The versions of an eligibility finding."""
        who, what = int(subject[index]), int(criterion[index])
        return [
            {
                "known_from": as_instant(int(known[index])),
                "subject_id": int(ids[Subject][who]),
                "criterion": setting.protocol.eligibility[what],
                "met": int(people.failed[who]) != what,
                "note": None,
            }
        ]

    return simple_rows(EligibilityFinding, known, build)


def history_rows(setting: Setting, people: People) -> Rows:
    """Return MEDICAL_HISTORY rows of the dosed, taken at screening."""
    parts, draw = setting.population.history, setting.stream("history")
    has = draw.random((people.dosed, len(parts))) < np.array([part.share for part in parts])
    subject, kind = np.nonzero(has)
    years = draw.integers(1, 15, len(subject))

    def build(index: int, ids: Ids) -> list[Values]:
        """The versions of an item of medical history."""
        who, part = int(subject[index]), parts[int(kind[index])]
        injured = as_date(int(people.traits.injured[who]))
        screened = as_date(int(people.screened[who]))
        assert screened is not None
        recent = injured and part.share > 0.2
        return [
            {
                "known_from": as_instant(int(people.known_screened[who])),
                "subject_id": int(ids[Subject][who]),
                "verbatim": part.verbatim,
                "coded_term": part.coded_term,
                "category": part.category,
                "start_text": str(injured) if recent else str(screened.year - int(years[index])),
                "end_text": None,
            }
        ]

    return simple_rows(MedicalHistory, people.known_screened[subject], build)


def disposition_rows(setting: Setting, people: People) -> Rows:
    """Return DISPOSITION rows: consent of everyone, and the end of the study where it has come."""
    total = np.arange(len(people))
    failed, ended = np.flatnonzero(people.failed >= 0), np.flatnonzero(people.end != NEVER)
    subject = np.concatenate([total, failed, ended])
    kind = np.repeat([0, 1, 2], [len(total), len(failed), len(ended)])
    known = np.concatenate([people.known_screened, people.known_decided[failed], people.known_end[ended]])

    def build(index: int, ids: Ids) -> list[Values]:
        """The versions of a disposition."""
        who = int(subject[index])
        words, day = _disposition(setting, people, who, int(kind[index]))
        return [
            {
                "known_from": as_instant(int(known[index])),
                "subject_id": int(ids[Subject][who]),
                "kind": words[0],
                "reason": words[1],
                "verbatim": None,
                "occurred_on": as_date(day),
                "occurred_text": str(as_date(day)),
            }
        ]

    return simple_rows(Disposition, known, build)


def _disposition(setting: Setting, people: People, who: int, kind: int) -> tuple[tuple[str, str], int]:
    if kind == 0:
        return ("milestone", "informed consent obtained"), int(people.screened[who])
    if kind == 1:
        return ("end of study", "screen failure"), int(people.decided[who])
    return ("end of study", end_reason(setting, people, who)), int(people.end[who])


def person_rows(setting: Setting, people: People, treatment: Treatment, *, full: bool) -> Sequence[Rows]:
    """Return everything about people, subjects first; ``full`` false keeps a large trial small."""
    rows = [subject_rows(setting, people, treatment), eligibility_rows(setting, people, every_criterion=full)]
    return [*rows, *([history_rows(setting, people)] if full else []), disposition_rows(setting, people)]


def enrolled_by(people: People, moment: int) -> Ints:
    """Return the people known to be enrolled before ``moment``."""
    return np.flatnonzero((people.known_enrolled != NEVER) & (people.known_enrolled < moment))
