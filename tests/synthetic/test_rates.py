"""The made-up trials look like real ones: rates, delays, times and who gets what, within tolerance over many subjects."""

import csv
from pathlib import Path

import numpy as np
import pytest

from synthetic.clock import NEVER
from synthetic.judgement import IS_DLT, POSSIBLE
from synthetic.population import load_population
from synthetic.story import tell_story

REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference"


@pytest.fixture(scope="module")
def story():
    return tell_story("default", seed=4, subjects=900)


@pytest.fixture(scope="module")
def emergent(story):
    """Events from the start of anaesthesia on."""
    return story.events.onset >= story.treatment.anaesthesia[story.events.subject]


def subject_years(story):
    people = story.people
    return ((people.end[: people.dosed] - story.course.day) / 365.25).sum()


def share_with(story, emergent, term):
    kinds = [index for index, part in enumerate(story.setting.population.events) if part.term == term]
    return len(np.unique(story.events.subject[emergent & np.isin(story.events.kind, kinds)])) / story.people.dosed


def test_events_per_subject_year(story, emergent):
    years = subject_years(story)
    assert 16 <= emergent.sum() / years <= 24
    assert 0.9 <= (story.judged.serious & emergent).sum() / years <= 1.5


def test_share_of_related_events(story, emergent):
    judged = story.judged
    both = np.maximum(judged.causes, judged.sponsor)
    assert 0.04 <= (both[emergent][:, :2] >= POSSIBLE).any(axis=1).mean() <= 0.09
    assert 0.04 <= (both[emergent][:, :3] >= POSSIBLE).any(axis=1).mean() <= 0.10


def test_grades_are_mostly_mild(story):
    shares = np.bincount(story.judged.grade, minlength=6)[1:] / len(story.events)
    assert shares[:2].sum() > 0.85
    assert 0.03 < shares[2] < 0.12
    assert shares[3:].sum() < 0.02


def test_screen_failures(story):
    assert 0.3 <= (story.people.failed >= 0).mean() <= 0.5
    assert len(np.unique(story.people.failed)) == len(story.setting.protocol.eligibility) + 1


def test_true_dlt_probability_is_what_happens():
    story = tell_story("default", seed=8, subjects=3000)
    toxic = np.bincount(story.course.level[story.events.subject[story.judged.dlt == IS_DLT]], minlength=3)
    dosed = np.bincount(story.course.level, minlength=3)
    for level, rate in enumerate(story.setting.scenario.true_dlt):
        spread = 4 * np.sqrt(rate * (1 - rate) / dosed[level])
        assert abs(toxic[level] / dosed[level] - rate) < spread


def test_dysreflexia_needs_a_lesion_at_t6_or_above(story, emergent):
    kinds = [index for index, part in enumerate(story.setting.population.events) if part.term == "Autonomic dysreflexia"]
    levels = np.array(story.people.traits.levels)[story.people.traits.level]
    hit = {str(level) for level in levels[story.events.subject[np.isin(story.events.kind, kinds)]]}
    assert "C5" in hit
    assert not hit & {"T7", "T8", "T9", "T10", "T11", "T12", "L1"}
    high = np.array([level[0] == "C" or (level[0] == "T" and int(level[1:]) <= 6) for level in levels[: story.people.dosed]])
    assert 0.2 <= share_with(story, emergent, "Autonomic dysreflexia") / high.mean() <= 0.6


@pytest.mark.parametrize(
    "term", ["Urinary tract infection", "Lung infection", "Pressure injury", "Fever", "Headache", "Thromboembolic event"]
)
def test_rates_lie_in_the_published_range(story, emergent, term):
    background = next(part for part in story.setting.protocol.background_rates if term in part.terms)
    margin = 3 * np.sqrt(background.central / story.people.dosed)
    assert background.low - margin <= share_with(story, emergent, term) <= background.high + margin


def test_pneumonia_is_commoner_in_cervical_lesions(story, emergent):
    kinds = [index for index, part in enumerate(story.setting.population.events) if part.term == "Lung infection"]
    cervical = np.char.startswith(np.array(story.people.traits.levels)[story.people.traits.level], "C")
    hit = cervical[story.events.subject[emergent & np.isin(story.events.kind, kinds)]]
    dosed = cervical[: story.people.dosed]
    assert hit.sum() / dosed.sum() > 1.5 * (~hit).sum() / (~dosed).sum()


def test_times_of_the_operation(story):
    treatment = story.treatment
    surgery, injection = treatment.closure - treatment.incision, treatment.end - treatment.start
    assert surgery.min() >= 180
    assert surgery.max() <= 300
    assert injection.min() >= 20
    assert injection.max() <= 60
    assert (treatment.anaesthesia < treatment.incision).all()
    assert (treatment.incision < treatment.start).all()
    assert (treatment.end < treatment.closure).all()
    assert 50 < np.median(treatment.blood_loss) < 500


def test_entry_delays(story):
    days = (story.reports.known - story.events.onset) / 1440
    serious = story.judged.serious
    assert days.min() >= 0
    assert 1.5 <= np.median(days[~serious]) <= 2.6
    assert np.median(days[serious]) < 1
    assert 0.02 <= (days > 14).mean() <= 0.1


def test_causality_never_runs_before_its_cause(story):
    causes, who = story.judged.causes, story.events.subject
    assert (story.events.onset >= story.treatment.start[who])[causes[:, 0] >= POSSIBLE].all()
    assert (story.events.onset >= story.treatment.anaesthesia[who])[causes[:, 1] >= POSSIBLE].all()


def test_the_sponsor_is_never_lower_for_the_product(story):
    judged = story.judged
    assert (judged.sponsor[:, 0] >= judged.causes[:, 0]).all()
    assert (judged.sponsor != judged.causes).any()


def test_death_grade_and_end_agree(story):
    judged, events = story.judged, story.events
    assert ((judged.grade == 5) == events.fatal).all()
    assert (judged.criteria[:, 0] == events.fatal).all()
    assert events.fatal.sum() == (story.people.end_kind == 2).sum() > 0
    ended = story.reports.end != NEVER
    assert (story.reports.end >= events.onset)[ended].all()


@pytest.mark.parametrize("name", ["spinal-cord-injury", "oncology"])
def test_grades_are_offered_by_ctcae(name):
    table = REFERENCE / "ctcae_v5.csv"
    if not table.exists():
        pytest.skip("the CTCAE reference table is not here")
    with table.open(encoding="utf-8") as file:
        offered = {row["term"].strip(): row for row in csv.DictReader(file)}
    for part in load_population(name).events:
        if part.dictionary != "CTCAE":
            assert part.term not in offered
            continue
        row = offered[part.term]
        assert row["soc"].strip() == part.category, part.term
        for grade, share in enumerate(part.grades, 1):
            assert not (share and part.yearly) or row[f"grade{grade}"].strip(" -"), (part.term, grade)
