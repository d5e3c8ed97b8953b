"""The neurological courses as a figure: a panel for each score, the limits, the states by shape, and the band only where it is sourced."""

from datetime import date, timedelta

from dashboard.charts.neurology import draw_neurology
from dashboard.style import palette
from tests.worksheets import line
from trial.grading.isncsci_summary import summarise_worksheet
from trial.signals.neuro_course import compute_exams
from trial.signals.neurology import Thresholds
from trial.tables.neurology import NEURO_LEVELS, NEURO_RESULTS

DOSE = date(2026, 3, 1)


def exams(**courses):
    rows = []
    for subject, days in courses.items():
        for day, level in days.items():
            found = summarise_worksheet(line(level))
            told = [getattr(found, name) for name in NEURO_LEVELS.names[5:-3]]
            rows.append((subject, 1, DOSE + timedelta(days=day), day, line(level), *told, "", None, "before" if day < 0 else "after"))
    return compute_exams(NEURO_RESULTS.empty(), Thresholds(), NEURO_LEVELS.frame(rows))


COURSES = {"falls": {-3: "T6", 28: "T4", 300: "T4"}, "stays": {-3: "T6", 28: "T6", 300: "T6"}}


def draw(recovery=None):
    return draw_neurology(exams(**COURSES), Thresholds(), colours=palette(dark=False), recovery=recovery)


def hovers(figure):
    return [trace.hovertext for trace in figure.data if isinstance(trace.hovertext, str)]


def test_three_panels_with_their_denominator():
    titles = [note.text for note in draw().layout.annotations]
    assert len(titles) == 3
    assert all("n = 2 subjects" in title for title in titles)


def test_a_rise_of_the_level_is_drawn_red_though_the_motor_score_is_the_same():
    marks = next(trace for trace in draw().data if trace.mode == "markers+text")
    assert dict(zip([code[0] for code in marks.customdata], marks.marker.symbol, strict=True)) == {"falls": "x", "stays": "circle"}
    assert list(marks.y) == [0, 0, 0, 0]


def test_of_marks_that_stand_together_one_is_named_and_the_red_before_the_amber():
    courses = {"amber": {-3: "T6", 27: "T5"}, "falls": {-3: "T6", 28: "T4"}, "late": {-3: "T6", 300: "T4"}}
    figure = draw_neurology(exams(**courses), Thresholds(), colours=palette(dark=False))
    marks = next(trace for trace in figure.data if trace.mode == "markers+text")
    assert set(marks.marker.symbol) == {"diamond", "x"}
    assert [name for name in marks.text if name] == ["falls", "late"]


def test_the_band_is_drawn_between_its_days_and_no_further_than_the_axis():
    figure = draw((234.0, 421.0))
    assert len(hovers(figure)) == 4
    boxes = [trace for trace in figure.data if isinstance(trace.hovertext, str) and len(trace.x) == 5]
    assert [[round(y, 6) for y in sorted(set(box.y))] for box in boxes] == [[1.3, 14.3], [2.7, 14.9]]
    assert {(min(box.x), max(box.x)) for box in boxes} == {(234.0, 306.0)}
    assert all(box.yaxis == "y2" for box in boxes)


def test_without_its_days_or_before_them_no_band_is_drawn():
    assert hovers(draw()) == []
    assert hovers(draw((400.0, 500.0))) == []
