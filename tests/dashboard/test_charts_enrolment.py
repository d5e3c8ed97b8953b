"""The figures of enrolment: their marks, their words, and what a hostile reason does to them (nothing)."""

from datetime import date

from dashboard.charts.enrolment import draw_accrual, draw_funnel, draw_losses
from dashboard.style import palette
from trial.clocks.accrual import Plan, compute_accrual, compute_curve, compute_projection, compute_shares
from trial.tables.enrolment import ACCRUAL_CURVE, ENROLMENT_DAYS, FUNNEL, LOSSES, PROJECTION

COLOURS = palette(dark=False)
DAY = date(2026, 9, 1)
PLAN = Plan(date(2026, 3, 1), 2.0, 24)


def test_the_funnel_stacks_reached_open_and_lost_and_says_denominators():
    shares = compute_shares(
        FUNNEL.frame([("screened", 7, 7, 0, 0), ("eligible", 5, 7, 1, 1), ("enrolled", 3, 5, 1, 1), ("dosed", 0, 3, 3, 0)])
    )
    figure = draw_funnel(shares, colours=COLOURS)
    assert [list(bar.x) for bar in figure.data] == [[7, 5, 3, None], [None, 1, 1, 3], [None, 1, 1, None]]
    words = [note.text for note in figure.layout.annotations]
    assert "5 of 6 (36% to 99.6%)" in words[1]
    assert "1 lost, 1 still open" in words[1]
    assert "none decided" in words[3]


def test_an_empty_funnel_draws():
    empty = FUNNEL.frame([(step, 0, 0, 0, 0) for step in ("screened", "eligible", "enrolled", "dosed")])
    assert len(draw_funnel(compute_shares(empty), colours=COLOURS).data) == 3


def test_losses_are_ranked_and_the_rest_is_summed():
    rows = [("eligible", f"reason {n}", n) for n in range(1, 14)]
    bar = draw_losses(LOSSES.frame(rows), colours=COLOURS).data[0]
    assert list(bar.x)[:3] == [13, 12, 11]
    assert bar.x[-1] == 1 + 2 + 3


def test_a_hostile_reason_is_inert_and_a_missing_one_says_so():
    figure = draw_losses(LOSSES.frame([("eligible", "<script>alert(1)</script>" + "x" * 10_000, 2), ("dosed", None, 1)]), colours=COLOURS)
    labels = [note.text for note in figure.layout.annotations]
    assert labels[0].startswith("in screening: &lt;script&gt;")
    assert len(labels[0]) < 100
    assert labels[1] == "before dosing: reason not recorded"


def test_accrual_shows_counts_plan_and_projection():
    curve = compute_curve(ENROLMENT_DAYS.frame([(date(2026, 3, 1), 9, 0, 0), (date(2026, 4, 1), 0, 5, 4)]))
    projection = compute_projection(compute_accrual(date(2026, 3, 1), 5, PLAN, DAY), PLAN, DAY)
    figure = draw_accrual(curve, projection, PLAN, cut_off=DAY, colours=COLOURS)
    names = [trace.name for trace in figure.data]
    assert names == ["95% of projections", "Projection, median", "Plan: 24 by 2027-03-01", "Screened: 9", "Dosed: 4", "Enrolled: 5"]
    assert figure.data[1].y[-1] == 24
    assert list(figure.data[5].y) == [0, 5, 5]


def test_accrual_of_an_empty_trial_shows_the_plan_alone():
    figure = draw_accrual(ACCRUAL_CURVE.empty(), PROJECTION.empty(), PLAN, cut_off=DAY, colours=COLOURS)
    assert figure.data[0].name.startswith("Plan")
    assert len(draw_accrual(ACCRUAL_CURVE.empty(), PROJECTION.empty(), None, cut_off=DAY, colours=COLOURS).data) == 3
