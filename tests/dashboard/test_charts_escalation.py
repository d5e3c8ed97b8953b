"""The figures of the Escalation page: the rule's cells, today's cell framed, the way taken, counts beside each interval."""

import numpy as np

from dashboard.charts.escalation import draw_decision_table, draw_dose_rates
from dashboard.style import LIGHT
from trial.escalation.register import create_design
from trial.escalation.state import DoseCount, State

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
    assert list(marks.y) == ["10 M<br>0 of 3 with a DLT", "50 M<br>1 of 3 with a DLT<br>1 pending"]
    assert np.allclose(marks.x, [0, 100 / 3])
    assert len(figure.layout.yaxis.categoryarray) == 3
