"""The laboratory page: grades by value beside the reported ones, the liver, the drugs that the protocol requires, each test over time."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.charts.laboratory import draw_courses, draw_liver
from dashboard.kept import kept
from dashboard.numbers import decimal
from dashboard.parts.basis import show_basis
from dashboard.parts.figure import show_figure
from dashboard.parts.frame import show_page
from dashboard.parts.shield import piece
from dashboard.parts.states import KIDNEY, choose_tests, choose_troughs, find_liver_peaks, judge_kidneys
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import Tone, show_answer, show_missing, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.laboratory import lab_reports, lab_series, lab_tests
from trial.grading.laboratory import Version
from trial.signals.calcineurin import SIGNAL, WATCH
from trial.signals.intervals import describe_rate
from trial.signals.laboratory import compute_lab_grades, compute_lab_shift
from trial.signals.laboratory_reported import AGREEMENTS, compare_with_reported

MOST_OUTSIDE = 5_000
"""Up to this many results beyond their range are graded for the answer; more than that is said."""
MOST_DRAWN = 6_000
"""Up to this many results of one test are drawn."""
SEVERE = 3
SIDES = {"high": "increased", "low": "decreased"}
"""What a grade counts, in the words of CTCAE: where it goes by the baseline, a graded value can lie within the range."""


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
    outside, grades = view.read(lab_series, outside=True, limit=MOST_OUTSIDE), _grade_outside(view, version)
    peaks, readings = find_liver_peaks(view), judge_kidneys(view)
    _show_answer(tests, grades, peaks, readings, version)
    if len(outside) == MOST_OUTSIDE:
        show_note(say("Only the first {n} results beyond their range are graded here.", n=f"{MOST_OUTSIDE:,}"))
    _show_compared(view, _compare(view, version), labels, version)
    _show_liver(view, peaks)
    if readings is not None:
        _show_troughs(view, labels, readings)
    _show_test(view, tests, version)


@kept
def _grade_outside(view: View, version: Version) -> pd.DataFrame:
    """Grades of the results beyond their range."""
    return compute_lab_grades(view.read(lab_series, outside=True, limit=MOST_OUTSIDE), version)


@kept
def _compare(view: View, version: Version) -> pd.DataFrame:
    """These grades beside the events that were reported."""
    return compare_with_reported(_grade_outside(view, version), view.read(lab_reports))


@kept
def _read_shift(view: View, test: str, version: Version) -> pd.DataFrame:
    """Grades of one test at baseline and at worst."""
    return compute_lab_shift(compute_lab_grades(view.read(lab_series, tests=(test,), limit=MOST_DRAWN + 1), version))


def _version(view: View) -> Version:
    """The version of CTCAE whose limits are used: the study's, or 5.0 where it names none that is known."""
    return "6.0" if str(view.study.ctcae_version or "").startswith("6") else "5.0"


def _show_answer(tests: pd.DataFrame, grades: pd.DataFrame, peaks: pd.DataFrame, readings: pd.DataFrame | None, version: Version) -> None:
    """What asks for a look: Hy's law first, then the kidney under its drug, then severe values."""
    measured, severe = int(tests["subjects"].max()), grades[grades["worst"] >= SEVERE]
    people, met, open_law = severe["subject"].nunique(), peaks[peaks["hys_law"]], peaks[peaks["phosphatase_missing"]]
    judged = peaks[peaks["quadrant"].notna()]
    injured = readings[readings["state"] == SIGNAL] if readings is not None else peaks.iloc[:0]
    tone: Tone = "stop" if len(met) or len(open_law) or len(injured) else "caution" if people else "good"
    found = []
    if len(met):
        rate = describe_rate(len(met), len(judged))
        found.append(say("The biochemical part of Hy's law is met by {codes}: {rate}.", codes=_codes(met), rate=rate))
    if len(open_law):
        found.append(say("Hy's law cannot be excluded, alkaline phosphatase was not measured: {codes}.", codes=_codes(open_law)))
    if len(injured):
        found.append(say("Kidney injury after a trough level above its range: {codes}.", codes=_codes(injured)))
    found.append(say("A value of grade 3 or above by itself: {rate}.", rate=translate(describe_rate(people, measured))))
    if not len(met) and not len(open_law):
        found.append(_describe_none(len(judged)))
    found.append(say("Graded by CTCAE {version} where the value alone decides; it stands beside the clinician's grade.", version=version))
    show_answer(found[0], found[1:], tone=tone)


def _describe_none(judged: int) -> str:
    """That nobody meets the law, and in how many of those who could: which rate that leaves open."""
    if not judged:
        return say("Nobody can be judged by Hy's law: it needs a transaminase and bilirubin after the first dose.")
    return say(
        "{rate} with a transaminase and bilirubin after the first dose meet the biochemical part of Hy's law.",
        rate=describe_rate(0, judged),
    )


def _codes(rows: pd.DataFrame) -> str:
    return ", ".join(rows["subject"])


def _show_compared(view: View, compared: pd.DataFrame, labels: dict[str, str], version: Version) -> None:
    """The grade by value and the reported grade side by side."""
    st.subheader(say("Worst grade by value, and the grade reported"), anchor=False)
    differ = compared[~compared["agreement"].isin(["same", "no value"])]
    show_note(
        say(
            "By value: {value} of grade 2 or above, the worst of each subject and test. Reported: {reported} with an adverse event of "
            "the term. The two differ, or nothing was reported, in {differ}; neither is right by itself.",
            value=int((compared["derived"] >= 2).sum()),
            reported=int(compared["event"].notna().sum()),
            differ=len(differ),
        )
    )
    shown = compared.assign(
        name=[labels.get(row.test, row.test if pd.isna(row.term) else row.term) for row in compared.itertuples()],
        beyond=[say(SIDES[side]) for side in compared["side"]],
        result=[_result(row) for row in compared.itertuples()],
        told=["" if pd.isna(row.event) else _on_day(row.event, row.event_day) for row in compared.itertuples()],
        words=[translate(AGREEMENTS[code]) for code in compared["agreement"]],
    )
    headings = {
        "subject": say("Subject"), "name": say("Test"), "beyond": say("Side"), "derived": say("By value"), "reported": say("Reported"),
        "words": say("The two together"), "result": say("Value"), "told": say("Event"), "before": say("Baseline, by value"),
        "cohort": say("Cohort"),
    }  # fmt: skip
    show_table(shown, key="lab-compared", headings=headings, subject="subject", rows=9)
    offer_download(view, "laboratory-grades", shown[list(headings)], filters=f"CTCAE {version}, grade 2 and above or reported")


def _result(row: Any) -> str:
    if pd.isna(row.value):
        return ""
    return _on_day(f"{'' if pd.isna(row.bound) else row.bound}{row.value:g} {'' if pd.isna(row.unit) else row.unit}".strip(), row.day)


def _on_day(what: str, day: Any) -> str:
    return what if pd.isna(day) else say("{what}, day {day}", what=what, day=int(day))


def _show_liver(view: View, peaks: pd.DataFrame) -> None:
    st.subheader(say("Liver: highest transaminase against highest bilirubin"), anchor=False)
    placed = peaks[peaks["quadrant"].notna()]
    if placed.empty:
        show_note(say("Nobody has both a transaminase and bilirubin with an upper limit after the first dose."))
        return
    figure = draw_liver(peaks, colours=view.colours)
    show_figure(figure, key="liver", alt=say("Peaks of the liver tests in multiples of their upper limits"), clickable=True)
    show_basis(
        view,
        say("Dosed subjects with both tests after the first dose, n = {n}", n=f"{len(placed):,}"),
        say(
            "Upper right with alkaline phosphatase below twice its limit: the biochemical part of Hy's law; whether anything else explains "
            "it is a clinical judgement."
        ),
    )


def _show_troughs(view: View, labels: dict[str, str], readings: pd.DataFrame) -> None:
    """Trough levels of the drugs that the protocol requires, with what they harm, on one axis, and what they mean together."""
    st.subheader(say("Immunosuppression: trough level, kidney and electrolytes"), anchor=False)
    asked = readings[readings["state"].isin([SIGNAL, WATCH])]
    show_note(
        say(
            "Of {all} subjects with a trough level after the first dose, {n} had creatinine of 1.5 times their baseline or more at most "
            "30 days after a trough above its range (KDIGO 2012 for the rise; the 30 days are a proposal).",
            all=f"{len(readings):,}",
            n=f"{len(asked):,}",
        )
    )
    if len(asked):
        _show_readings(asked)
    wanted = {test: labels[test] for test in (*choose_troughs(view), *choose_tests(view, KIDNEY))}
    part = view.protocol.concomitant
    period = (0, part.until_day, part.label) if part else None
    _draw(view, wanted, key="troughs", period=period, named=tuple(asked["subject"]))
    show_basis(view, say("Dosed subjects with a trough level after the first dose, n = {n}", n=f"{len(readings):,}"))


def _show_readings(asked: pd.DataFrame) -> None:
    rows = list(asked.itertuples())
    shown = asked.assign(
        level=[_on_day(f"{row.trough:g} ({say('limit {n}', n=f'{row.upper:g}')})", row.trough_day) for row in rows],
        kidney=[
            _on_day(f"{row.creatinine:g} {'' if pd.isna(row.unit) else row.unit} ({decimal(row.ratio)} ×)", row.creatinine_day)
            for row in rows
        ],
        k=["" if pd.isna(row.potassium) else f"{decimal(row.potassium)} ×" for row in rows],
        mg=["" if pd.isna(row.magnesium) else f"{decimal(row.magnesium)} ×" for row in rows],
        words=[translate(row.reading) for row in rows],
    )
    headings = {
        "subject": say("Subject"), "level": say("Trough"), "kidney": say("Creatinine (times baseline)"),
        "k": say("Potassium, of upper limit"), "mg": say("Magnesium, of lower limit"), "words": say("In words"), "cohort": say("Cohort"),
    }  # fmt: skip
    show_table(shown, key="lab-troughs", headings=headings, subject="subject", rows=6)


def _draw(
    view: View, wanted: dict[str, str], *, key: str, period: tuple[int, int, str] | None = None, named: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Draw the courses of some tests and return their results."""
    series = view.read(lab_series, tests=tuple(wanted), limit=MOST_DRAWN + 1)
    if len(series) > MOST_DRAWN:
        show_note(say("More than {n} results are not drawn; the tables hold all.", n=f"{MOST_DRAWN:,}"))
        return series
    figure = draw_courses(series, wanted, colours=view.colours, period=period, named=named)
    show_figure(figure, key=key, alt=say("Results over the days since the first dose, a line for each subject"), clickable=True)
    return series


def _show_test(view: View, tests: pd.DataFrame, version: Version) -> None:
    st.subheader(say("One test over time"), anchor=False)
    rows: dict[str, Any] = {row.test: row for row in tests.itertuples()}

    @piece
    def one_test() -> None:
        """The test that was chosen; it reruns alone."""
        test = st.selectbox(say("Test"), list(rows), key="lab-test", width=420, format_func=lambda code: str(rows[code].label))
        row = rows[test]
        _draw(view, {test: row.label}, key=f"course-{test}")
        show_basis(
            view,
            say("Dosed subjects with a result, n = {n}", n=f"{row.subjects:,}"),
            say(
                "{n} results; {outside} subjects outside the range after the first dose.", n=f"{row.results:,}", outside=f"{row.outside:,}"
            ),
            say("{n} results are no numbers; those such as <5 or >500 are drawn hollow at that limit.", n=f"{row.wordless:,}")
            if row.wordless
            else "",
        )
        _show_shift(_read_shift(view, test, version))

    one_test()


def _show_shift(shift: pd.DataFrame) -> None:
    """From the grade at baseline to the worst after the first dose."""
    if shift.empty:
        show_note(say("The value alone does not decide a grade of this test."))
        return
    show_note(say("Grade at baseline, and worst grade after the first dose, by value alone:"))
    before = [say("none") if pd.isna(grade) else f"{grade}" for grade in shift["before"]]
    sides = [say(SIDES[side]) for side in shift["side"]]
    headings = {"beyond": say("Side"), "from": say("Grade at baseline"), "worst": say("Worst grade"), "subjects": say("Subjects")}
    show_table(shift.assign(**{"from": before, "beyond": sides}), key="lab-shift", headings=headings, rows=8)


if __name__ == "__main__":
    show_page("laboratory", render)
