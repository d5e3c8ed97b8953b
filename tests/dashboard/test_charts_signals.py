"""The figures of the Signals page: counts, targets and regions are in them, site text is inert."""

import pytest

from dashboard.charts.signals import draw_belief, draw_boundary, draw_expected, draw_monitors
from dashboard.style import DARK, LIGHT
from trial.protocol import BackgroundPart, CountsPart, MonitorPart
from trial.signals.boundary import compute_boundary
from trial.signals.expected import compare_with_background
from trial.signals.monitor import judge_monitors, pause_rule, watch_rule
from trial.signals.posterior import compute_density
from trial.tables.safety import BACKGROUND_COUNTS, MONITOR_COUNTS

RATED = MonitorPart(code="CSF", label="<b>leak</b>", counts=CountsPart(), target=0.08, prior=(0.16, 1.84), action="review")
AT_ONCE = MonitorPart(code="DEATH", label="Death", counts=CountsPart(fatal=True), at_once=True, action="pause")


@pytest.fixture
def states():
    counts = MONITOR_COUNTS.frame([("CSF", 1, 1, 7, 0, 7), ("DEATH", 1, 1, 7, 0, 7)])
    return judge_monitors(counts, [RATED, AT_ONCE])


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_each_monitor_shows_state_counts_and_target(states, colours):
    figure = draw_monitors(states, colours=colours)
    shares, targets = figure.data
    assert [name.split("<br>")[1] for name in shares.y] == ["○ quiet · 1 of 7", "■ pause for review · 1 of 7"]
    assert list(targets.x) == [8.0]
    assert "&lt;b&gt;leak&lt;/b&gt;" in targets.y[0]


def test_a_monitor_without_anybody_at_risk_has_no_mark():
    empty = judge_monitors(MONITOR_COUNTS.frame([("CSF", 0, 0, 0, 0, 0)]), [RATED])
    assert len(draw_monitors(empty, colours=LIGHT).data[0].x) == 0


def test_the_boundary_holds_today_and_the_reach_of_pending_subjects():
    table = compute_boundary(watch_rule(RATED), pause_rule(RATED), 19)
    figure = draw_boundary(table, subjects=1, at_risk=7, pending=2, colours=LIGHT)
    pause = figure.data[1]
    first = dict(zip(pause.x, pause.customdata, strict=True))
    assert first[7] == int(table.loc[table["at_risk"] == 7, "pause"].iloc[0])
    assert list(figure.data[2].y) == [1, 1, 3, 1]
    assert (figure.data[3].x, figure.data[3].y) == ((7,), (1,))
    assert {note.text for note in figure.layout.annotations} == {"pause for review", "watch"}


def test_the_belief_names_the_chance_above_the_target():
    figure = draw_belief(compute_density(1, 7, RATED.prior), target=0.08, chance=0.59, colours=LIGHT)
    assert figure.layout.annotations[0].text == "above 8%: 59%"
    assert min(figure.data[2].x) >= 8


def test_expected_shows_the_background_and_what_was_seen():
    rate = BackgroundPart(
        code="X", label="<i>x</i>", terms=("x",), low=0.02, central=0.04, high=0.08, window="w", ascertainment="a", source="s"
    )
    rows = compare_with_background(BACKGROUND_COUNTS.frame([("X", 1, 1, 7)]), [rate])
    band, central, seen = draw_expected(rows, colours=LIGHT).data
    assert (band.base[0], round(band.x[0], 9), central.x[0]) == (2.0, 6.0, 4.0)
    assert round(seen.x[0], 6) == round(100 / 7, 6)
    assert "&lt;i&gt;" in seen.y[0] and "1 of 7, 0.28 expected" in seen.y[0]
