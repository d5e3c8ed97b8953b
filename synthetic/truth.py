"""The known truth of a made-up trial: what was planted, the true rates, and what a reader must count at its end."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from synthetic.clock import Ints, as_date
from synthetic.course import true_probability
from synthetic.event_rows import number_events
from synthetic.judgement import IS_DLT, NOT_DLT, POSSIBLE
from synthetic.people import COMPLETES, DIES
from synthetic.sightings import list_sightings
from synthetic.story import Story


@dataclass(frozen=True)
class Truth:
    """What is true of a generated trial; ``counts`` are of rows as known at the end of ``until``.

    ``signals`` says of what was planted as a signal whom it concerns, and ``found_by``, the first day
    at whose end a careful reader can see it (suspect it: ``earliest``).
    """

    study: str
    scenario: str
    summary: str
    seed: int
    subjects: int | None
    until: str
    dose_levels: list[dict[str, Any]]
    dlts: list[dict[str, Any]]
    planted: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    rates: list[dict[str, Any]]
    signals: list[dict[str, Any]]
    counts: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write the truth as JSON to ``path``."""
        path.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", "utf-8")


def tell_truth(story: Story, *, until: str, moment: int, rows: dict[str, int]) -> Truth:
    """Return the truth of a story cut at ``moment`` (UTC minutes)."""
    setting = story.setting
    return Truth(
        setting.code,
        setting.scenario.name,
        setting.scenario.summary,
        setting.seed,
        story.subjects,
        until,
        _list_levels(story, moment),
        _list_events(story, moment, np.flatnonzero(story.judged.dlt == IS_DLT)),
        _list_events(story, moment, np.flatnonzero(story.events.planted >= 0)),
        [
            {"at": story.instant_text(ruling.at), "level": ruling.level + 1, "decision": ruling.decision}
            for ruling in story.course.rulings
            if ruling.at + 45 < moment
        ],
        [
            {"term": part.term, "timing": part.timing, "events_in_the_first_year": part.yearly, "source": part.source}
            for part in setting.population.events
        ],
        list_sightings(story, moment),
        _count(story, moment),
        rows,
    )


def _list_levels(story: Story, moment: int) -> list[dict[str, Any]]:
    """The true DLT probability of each dose level, and who was dosed at it by the cut."""
    dosed = story.treatment.known < moment
    return [
        {
            "number": part.number,
            "label": part.label,
            "true_dlt_probability": true_probability(story.setting, index),
            "dosed": int((dosed & (story.course.level == index)).sum()),
        }
        for index, part in enumerate(story.setting.protocol.dose_levels)
    ]


def _list_events(story: Story, moment: int, which: Ints) -> list[dict[str, Any]]:
    """The events ``which`` that had begun by the cut, with what was known of them then."""
    numbers = number_events(story.reports.known)
    states = {IS_DLT: "yes", NOT_DLT: "no"}
    listed = []
    for index in which.tolist():
        onset, known, judged = (int(values[index]) for values in (story.events.onset, story.reports.known, story.reports.known_dlt))
        if onset >= moment:
            continue
        who = int(story.events.subject[index])
        day = int(story.people.zones.local_day(story.events.onset[index : index + 1], story.people.site[who : who + 1])[0])
        listed.append(
            {
                "subject": story.people.code[who],
                "dose_level": int(story.course.level[who]) + 1,
                "event": f"AE-{int(numbers[index]):04d}",
                "term": story.setting.population.events[int(story.events.kind[index])].term,
                "grade": int(story.judged.grade[index]),
                "onset_on": str(as_date(day)),
                "known_from": story.instant_text(known),
                "known": known < moment,
                "dlt": states.get(int(story.judged.dlt[index])),
                "judged_from": story.instant_text(judged),
                "judged": known <= judged < moment,
            }
        )
    return listed


def _count(story: Story, moment: int) -> dict[str, int]:
    """Counts by kind of what is known at the cut."""
    people, reports, judged = story.people, story.reports, story.judged
    n = people.dosed
    reported = reports.known < moment
    upgraded = (reports.known_grade >= 0) & (reports.known_grade >= moment)
    serious = reported & judged.serious & ~upgraded
    blamed = (judged.causes[:, :2] >= POSSIBLE).any(axis=1)
    first = (judged.first_causes[:, :2] >= POSSIBLE).any(axis=1)
    corrected = (reports.known_cause >= 0) & (reports.known_cause < moment)
    by_sponsor = (judged.sponsor[:, :2] >= POSSIBLE).any(axis=1) & (reports.known_sponsor < moment)
    decided, ended = people.known_decided < moment, (people.known_end >= 0) & (people.known_end < moment)
    adjudicated = reported & (reports.known_dlt >= 0) & (reports.known_dlt < moment)
    return {
        "screened": int((people.known_screened < moment).sum()),
        "screen_failures": int((decided & (people.failed >= 0)).sum()),
        "eligible": int((decided & (people.failed < 0)).sum()),
        "enrolled": int(((people.known_enrolled >= 0) & (people.known_enrolled < moment)).sum()),
        "dosed": int((story.treatment.known < moment).sum()),
        "completed": int((ended[:n] & (people.end_kind[:n] == COMPLETES)).sum()),
        "died": int((ended & (people.end_kind == DIES)).sum()),
        "adverse_events": int(reported.sum()),
        "serious_events": int(serious.sum()),
        "related_events": int((reported & (np.where(corrected, blamed, first) | by_sponsor)).sum()),
        "dlts": int((adjudicated & (judged.dlt == IS_DLT)).sum()),
        "candidates_judged_no": int((adjudicated & (judged.dlt == NOT_DLT)).sum()),
        "candidates_pending": int((reported & (judged.dlt > 0) & ~adjudicated).sum()),
        "decisions": sum(ruling.at + 45 < moment for ruling in story.course.rulings),
    }
