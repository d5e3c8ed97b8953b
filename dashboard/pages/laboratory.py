"""The laboratory page: grades by value alone, the liver, the drugs that the protocol requires, and each test over time."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.charts.laboratory import draw_courses, draw_liver
from dashboard.parts.figure import show_figure
from dashboard.parts.frame import show_page
from dashboard.parts.shield import piece
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import Tone, show_answer, show_missing, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.laboratory import lab_series, lab_tests
from trial.grading.laboratory import ALIASES, Version
from trial.signals.intervals import describe_rate
from trial.signals.laboratory import LIVER_TESTS, compute_lab_grades, compute_lab_shift, compute_liver_peaks

MOST_OUTSIDE = 5_000
"""Up to this many results beyond their range are graded for the answer; more than that is said."""
MOST_DRAWN = 6_000
"""Up to this many results of one test are drawn."""
SEVERE = 3
KIDNEY = ("CREAT", "MG", "K")
"""What calcineurin inhibitors harm first; drawn below their trough levels."""
TROUGHS = {"TACRO": "tacrolimus", "CYCLO": "ciclosporin", "SIRO": "sirolimus", "EVERO": "everolimus"}
"""Codes of trough levels and the drugs they are of."""


def render(view: View) -> None:
    """Show the page."""
    tests = view.read(lab_tests)
    if tests.empty:
        show_answer(say("No laboratory result of a dosed subject is on record."))
        show_missing(
            say("Results are missing."), say("They come with an import (SDTM domain LB), each with value, unit and reference range.")
        )
        return
    labels = dict(tests[["test", "label"]].itertuples(index=False))
    version = _version(view)
    outside = view.read(lab_series, outside=True, limit=MOST_OUTSIDE)
    grades = compute_lab_grades(outside, version)
    liver = [test for test in labels if ALIASES.get(test.upper(), test.upper()) in LIVER_TESTS]
    peaks = compute_liver_peaks(view.read(lab_series, tests=tuple(liver)))
    _show_answer(tests, grades, peaks, version)
    _show_worst(view, grades, labels, version)
    _show_liver(view, peaks)
    _show_troughs(view, labels)
    _show_test(view, tests, version)


def _version(view: View) -> Version:
    """The version of CTCAE whose limits are used: the study's, or 5.0 where it names none that is known."""
    return "6.0" if str(view.study.ctcae_version or "").startswith("6") else "5.0"


def _show_answer(tests: pd.DataFrame, grades: pd.DataFrame, peaks: pd.DataFrame, version: Version) -> None:
    """How many have a severe value, and whether anybody meets Hy's law."""
    measured, severe = int(tests["subjects"].max()), grades[grades["worst"] >= SEVERE]
    people, hy = severe["subject"].nunique(), peaks[peaks["hys_law"]]
    tone: Tone = "stop" if len(hy) else "caution" if people else "good"
    sentence = say("A value of grade 3 or above by itself: {rate}.", rate=translate(describe_rate(people, measured)))
    law = (
        say("The biochemical part of Hy's law is met by {codes}.", codes=", ".join(hy["subject"]))
        if len(hy)
        else say("Nobody meets the biochemical part of Hy's law.")
    )
    basis = [law, say("Graded by CTCAE {version} where the value alone decides; it stands beside the clinician's grade.", version=version)]
    show_answer(sentence, basis, tone=tone)


def _show_worst(view: View, grades: pd.DataFrame, labels: dict[str, str], version: Version) -> None:
    worst = grades[grades["worst"] >= 2].sort_values(["worst", "test", "subject"], ascending=[False, True, True])
    st.subheader(say("Worst values by grade, 2 and above"), anchor=False)
    shown = worst.assign(name=[labels.get(test, test) for test in worst["test"]])
    headings = {
        "subject": say("Subject"), "cohort": say("Cohort"), "name": say("Test"), "before": say("Grade at baseline"),
        "worst": say("Worst grade"), "value": say("Value"), "unit": say("Unit"), "day": say("Day"),
    }  # fmt: skip
    show_table(shown, key="lab-worst", headings=headings, subject="subject", rows=8)
    offer_download(view, "laboratory-grades", lambda: shown[list(headings)], filters=f"CTCAE {version}, worst grade 2 and above")


def _show_liver(view: View, peaks: pd.DataFrame) -> None:
    st.subheader(say("Liver: highest transaminase against highest bilirubin"), anchor=False)
    placed = peaks[peaks["quadrant"].notna()]
    if placed.empty:
        show_note(say("Nobody has both a transaminase and bilirubin with an upper limit after the first dose."))
        return
    figure = draw_liver(peaks, colours=view.colours)
    show_figure(figure, key="liver", alt=say("Peaks of the liver tests in multiples of their upper limits"), clickable=True)
    show_note(
        say(
            "n = {n} dosed subjects with both tests after the first dose. Upper right with alkaline phosphatase below twice its limit: "
            "the biochemical part of Hy's law; whether anything else explains it is a clinical judgement.",
            n=f"{len(placed):,}",
        )
    )


def _show_troughs(view: View, labels: dict[str, str]) -> None:
    """Trough levels of the drugs that the protocol requires, with what they harm, on one axis."""
    found = [test for test in labels if test.upper() in TROUGHS]
    if not found:
        return
    st.subheader(say("Immunosuppression: trough level, kidney and electrolytes"), anchor=False)
    wanted = {test: labels[test] for test in [*found, *(test for test in KIDNEY if test in labels)]}
    part = view.protocol.concomitant
    period = (0, part.until_day, part.label) if part else None
    _draw(view, wanted, key="troughs", period=period)


def _draw(view: View, wanted: dict[str, str], *, key: str, period: tuple[int, int, str] | None = None) -> pd.DataFrame:
    """Draw the courses of some tests and return their results."""
    series = view.read(lab_series, tests=tuple(wanted), limit=MOST_DRAWN + 1)
    if len(series) > MOST_DRAWN:
        show_note(say("More than {n} results are not drawn; the tables hold all.", n=f"{MOST_DRAWN:,}"))
        return series
    figure = draw_courses(series, wanted, colours=view.colours, period=period)
    show_figure(figure, key=key, alt=say("Results over the days since the first dose, a line for each subject"), clickable=True)
    return series


def _show_test(view: View, tests: pd.DataFrame, version: Version) -> None:
    st.subheader(say("One test over time"), anchor=False)
    rows: dict[str, Any] = {row.test: row for row in tests.itertuples()}

    @piece
    def one_test() -> None:
        test = st.selectbox(say("Test"), list(rows), key="lab-test", width=420, format_func=lambda code: str(rows[code].label))
        row = rows[test]
        show_note(
            say("{n} results of {subjects} subjects; {outside} subjects outside the range after the first dose.",
                n=f"{row.results:,}", subjects=f"{row.subjects:,}", outside=f"{row.outside:,}")
        )  # fmt: skip
        series = _draw(view, {test: row.label}, key=f"course-{test}")
        _show_shift(series, version)

    one_test()


def _show_shift(series: pd.DataFrame, version: Version) -> None:
    """From the grade at baseline to the worst after the first dose."""
    shift = compute_lab_shift(compute_lab_grades(series, version))
    if shift.empty:
        show_note(say("The value alone does not decide a grade of this test."))
        return
    show_note(say("Grade at baseline, and worst grade after the first dose, by value alone:"))
    before = [say("none") if pd.isna(grade) else f"{grade}" for grade in shift["before"]]
    headings = {"from": say("Grade at baseline"), "worst": say("Worst grade"), "subjects": say("Subjects")}
    show_table(shift.assign(**{"from": before}), key="lab-shift", headings=headings, rows=8)


if __name__ == "__main__":
    show_page("laboratory", render)
