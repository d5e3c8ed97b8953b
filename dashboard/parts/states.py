"""What the safety pages explain and Today tells: the states of monitors, of function, of liver and kidney, judged once for both."""

import pandas as pd

from dashboard.kept import kept
from dashboard.parts.monitor import read_monitoring
from dashboard.view import View
from db.queries.dosed import dosed
from db.queries.laboratory import lab_series, lab_tests
from db.queries.neurology import neuro_exams
from trial.grading.laboratory_terms import name_analyte
from trial.signals.calcineurin import TROUGHS, judge_troughs
from trial.signals.liver_peaks import LIVER_TESTS, compute_liver_peaks
from trial.signals.monitor import judge_monitors
from trial.signals.neuro_course import compute_states

KIDNEY = ("CREAT", "MG", "K")
"""What calcineurin inhibitors harm first; drawn below their trough levels."""
OTHER_TROUGHS = {"SIRO": "sirolimus", "EVERO": "everolimus"}
"""Drugs whose levels are drawn with the kidney as well, though they do not harm it by themselves."""


@kept
def judge_declared(view: View) -> pd.DataFrame:
    """Return MONITOR_STATES of the monitors of the protocol (at least one), worst first."""
    sight = read_monitoring(view)
    return judge_monitors(sight.counts, view.protocol.monitors, sight.courses, sight.planned)


@kept
def judge_function(view: View) -> pd.DataFrame:
    """Return NEURO_STATES: each dosed subject's state against its own baseline."""
    exams = view.read(neuro_exams, neurology=view.protocol.neurology)
    return compute_states(exams, view.read(dosed)[["subject", "cohort"]])


@kept
def find_liver_peaks(view: View) -> pd.DataFrame:
    """Return LIVER_PEAKS: each subject's highest results of the liver tests."""
    return compute_liver_peaks(view.read(lab_series, tests=choose_tests(view, LIVER_TESTS)))


@kept
def judge_kidneys(view: View) -> pd.DataFrame | None:
    """Return TROUGH_READINGS, the trough levels beside the kidney's tests; None in a trial without such levels."""
    troughs = choose_troughs(view)
    return judge_troughs(view.read(lab_series, tests=(*troughs, *choose_tests(view, KIDNEY)))) if troughs else None


def choose_tests(view: View, analytes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tests on record that stand for these analytes, in this order."""
    tests = view.read(lab_tests)["test"].tolist()
    return tuple(test for analyte in analytes for test in tests if name_analyte(test) == analyte)


def choose_troughs(view: View) -> tuple[str, ...]:
    """Return the tests on record that are trough levels."""
    return tuple(test for test in view.read(lab_tests)["test"] if test.upper() in TROUGHS or test.upper() in OTHER_TROUGHS)
