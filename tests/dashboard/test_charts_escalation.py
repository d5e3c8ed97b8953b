"""The figures of the Escalation page: the rule's cells, today's cell framed, the way taken, counts beside each interval."""

import numpy as np

from dashboard.charts.escalation import draw_decision_table, draw_dose_rates
from dashboard.charts.pathways import draw_tree
from dashboard.style import LIGHT
from trial.escalation.register import create_design
from trial.escalation.state import DoseCount, State
from trial.escalation.tree import grow_tree, list_branches

RULE = create_design("3+3", {"de_escalate": True})


def test_cells_carry_the_rule_s_words_and_today_is_framed():
    figure = draw_decision_table(RULE.table(6), [(1, 0), (2, 1), (3, 1)], colours=LIGHT, dose="<b>50</b>")
    cells, way = figure.data
    words = {(n, dlt): cells.text[row][column] for row, dlt in enumerate(cells.y) for column, n in enumerate(cells.x)}
    assert (words[3, 0], words[3, 1], words[6, 1], words[2, 2]) == ("escalate", "stay", "escalate", "de-<br>escalate")
    assert words[1, 3] == ""
    frame = figure.layout.shapes[0]
    assert ((frame.x0 + frame.x1) / 2, (frame.y0 + frame.y1) / 2) == (3, 1)
    assert list(way.x) == [1, 2, 3]
    assert "&lt;b&gt;50&lt;/b&gt;" in figure.layout.xaxis.title.text


def test_a_wide_table_carries_letters():
    cells = draw_decision_table(create_design("BOIN", {"target": 0.3}).table(12), [], colours=LIGHT, dose="x").data[0]
    assert {word for row in cells.text for word in row if word} == {"E", "S", "D", "DU"}


def test_rates_have_their_counts_and_only_known_doses_a_mark():
    state = State((DoseCount(3, 0), DoseCount(4, 1, (0.5,)), DoseCount()), current=2)
    figure = draw_dose_rates(RULE.estimates(state), {1: "10 M", 2: "50 M", 3: "150 M"}, colours=LIGHT, target=1 / 3)
    marks = figure.data[0]
    above = RULE.estimates(state)["above_target"]
    assert [name.split("<br>")[:2] for name in marks.y] == [["10 M", "0 of 3 (up to 71%) with a DLT"], ["50 M", "1 of 3 with a DLT"]]
    assert marks.y[0].endswith(f"above target {above[0] * 100:.0f}%")
    assert "1 pending" in marks.y[1]
    assert np.allclose(marks.x, [0, 100 / 3])
    assert len(figure.layout.yaxis.categoryarray) == 3
    assert len(figure.data) == 1, "this design estimates no rates"
    boin = create_design("BOIN", {"target": 0.3})
    fitted = draw_dose_rates(boin.estimates(state), {1: "a", 2: "b", 3: "c"}, colours=LIGHT, target=0.3).data[1]
    assert np.allclose(fitted.x, [100 * rate for rate in boin.fit(state)[:2]])


def test_other_doses_stand_in_their_cells_together_where_it_is_the_same():
    ways = {"1 <b>10": [(1, 0), (3, 0)], "2 20": [(3, 0)], "4 60": [(3, 2)]}
    table = create_design("BOIN", {"target": 0.3}).table(6)
    others = draw_decision_table(table, [(1, 0)], colours=LIGHT, dose="x", earlier=ways).data[1]
    assert list(others.text) == ["<b>(1),(2)</b>", "<b>(4)</b>"]
    assert others.customdata[0][0] == "dose level 1 &lt;b&gt;10: 0 of 3 with a DLT<br>dose level 2 20: 0 of 3 with a DLT"


def test_the_tree_has_a_box_per_branch_and_an_edge_to_each():
    state = State((DoseCount(3, 0), DoseCount(4, 1, (0.5,)), DoseCount()), current=2, open_places=2)
    tree = list_branches(grow_tree(RULE, state, 2))
    figure = draw_tree(tree, {1: "10 M", 2: "<i>50 M", 3: "150 M"}, colours=LIGHT, today="stay")
    boxes = [note.text for note in figure.layout.annotations]
    assert len(boxes) == len(tree) + 1
    assert boxes[0].startswith("<b>Today</b>")
    assert any("no DLT in 3" in box and "up to 150 M" in box for box in boxes)
    assert not any("<i>" in box for box in boxes)
    heights = [note.y for note in figure.layout.annotations[1:]]
    leaves = [height for height, leaf in zip(heights, tree["leaf"], strict=True) if leaf]
    assert leaves == sorted(set(leaves)), "leaves stand one below the other"
    assert sum(x is None for x in figure.data[0].x) == len(tree)
