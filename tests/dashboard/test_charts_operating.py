"""The figures of the Simulation page: a panel per curve, a bar per dose and design, the right answer marked, hostile text inert."""

import json

from dashboard.charts.operating import draw_selection, draw_subjects
from dashboard.style import DARK, LIGHT
from trial.escalation.register import create_design
from trial.escalation.simulate import Plan, run_chunks
from trial.escalation.summary import gather_studies, summarize_study

CURVES = ((0.1, 0.3), (0.5, 0.7))


def studies():
    """Two designs under two curves, as the progress files hold them."""
    found = []
    for name, parameters in (("BOIN", {"target": 0.3}), ("3+3", {"target": 0.3})):
        tallies = [run_chunks(create_design(name, parameters), Plan(truth=truth, trials=300, cohorts=4)) for truth in CURVES]
        results = [
            {"doses": tally.summarize().to_dict("records"), "summary": summarize_study(tally).iloc[0].to_dict()} for tally in tallies
        ]
        found.append((f"<b>{name}", results))
    return gather_studies(found)


def test_each_design_has_a_bar_per_dose_in_each_panel():
    doses, summaries = studies()
    assert list(summaries["mtd"]) == [2, 0, 2, 0]
    right = dict(zip(summaries["scenario"], summaries["mtd"], strict=True))
    names = {1: "dose 2 is right", 2: "<img src=x> too toxic"}
    figure = json.loads(draw_selection(doses, right, names, colours=LIGHT, across=4).to_json())
    bars = figure["data"]
    assert [bar["x"] for bar in bars] == [[0, 1, 2]] * 4
    first = doses[(doses["scenario"] == 1) & (doses["design"] == "<b>BOIN")]
    assert bars[0]["y"] == [share * 100 for share in first["selected"]]
    assert bars[0]["error_y"]["array"][1] > 0
    assert [bar["marker"]["pattern"]["shape"] for bar in bars] == ["", "/", "", "/"]
    assert [(shape["x0"], shape["xref"]) for shape in figure["layout"]["shapes"]] == [(1.5, "x"), (-0.5, "x2")]
    assert "<img" not in json.dumps(figure)
    assert "<b>BOIN" not in json.dumps(figure)


def test_subjects_are_shown_of_doses_only():
    doses, summaries = studies()
    right = dict(zip(summaries["scenario"], summaries["mtd"], strict=True))
    figure = json.loads(draw_subjects(doses, right, {1: "a", 2: "b"}, colours=DARK, across=1).to_json())
    assert [bar["x"] for bar in figure["data"]] == [[1, 2]] * 4
    assert len(figure["layout"]["shapes"]) == 1, "no dose is right under the second curve"
