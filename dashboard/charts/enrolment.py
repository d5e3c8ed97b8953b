"""Figures of enrolment: the funnel, why people were lost, and accrual against plan."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.memory import drawn_once
from dashboard.numbers import iso
from dashboard.style import Palette, new_figure, plain
from dashboard.text import say, translate
from trial.clocks.accrual import Plan
from trial.signals.intervals import describe_rate

FUNNEL_ROW = 66
LOSS_ROW = 40
MOST_REASONS = 10
LABEL_ROOM = 0.1


@dataclass(frozen=True)
class Reach:
    """The days an accrual figure speaks of: its cut-off and the last day on its axis."""

    cut_off: date
    until: date


@drawn_once
def draw_funnel(shares: pd.DataFrame, *, colours: Palette) -> go.Figure:
    """Return the steps of FUNNEL_SHARES as bars under their words: reached, still open and lost, as long as the step before."""
    figure = new_figure(colours, height=FUNNEL_ROW * len(shares) + 10, top=4, bottom=6)
    rows = list(range(len(shares)))
    parts = (
        ("reached", say("reached"), {"color": colours.accent}),
        ("waiting", say("still open"), {"color": colours.paper, "pattern": {"shape": "/", "size": 6, "fgcolor": colours.lane}}),
        ("lost", say("lost"), {"color": colours.calm, "line": {"color": colours.lane, "width": 1}}),
    )
    for column, name, marker in parts:
        figure.add_bar(
            y=rows,
            x=[int(n) or None for n in shares[column]],
            name=name,
            orientation="h",
            marker=marker,
            width=0.26,
            customdata=[_step(step) for step in shares["step"]],
            hovertemplate="%{customdata}: %{x} " + name + "<extra></extra>",
        )
    for row, words in zip(rows, (_funnel_words(step, colours) for step in shares.itertuples()), strict=True):
        _write_above(figure, row - 0.17, words)
    figure.update_layout(barmode="stack")
    figure.update_xaxes(visible=False, range=[0, max(int(shares["entered"].max()), 1)])
    figure.update_yaxes(visible=False, range=[len(rows) - 0.8, -0.85])
    return figure


@drawn_once
def draw_losses(losses: pd.DataFrame, *, colours: Palette) -> go.Figure:
    """Return LOSSES as ranked bars under their words, the ten most frequent and the rest together, each with its step."""
    shown = losses.sort_values("subjects", ascending=False, kind="stable").head(MOST_REASONS)
    labels = [f"{_stage(row.step)}: {_reason(row.reason)}" for row in shown.itertuples()]
    counts = [int(n) for n in shown["subjects"]]
    if len(losses) > MOST_REASONS:
        labels.append(say("{n} further reasons", n=len(losses) - MOST_REASONS))
        counts.append(int(losses["subjects"].sum()) - sum(counts))
    figure = new_figure(colours, height=LOSS_ROW * len(labels) + 10, top=4, bottom=6, right=30)
    rows = list(range(len(labels)))
    figure.add_bar(
        y=rows,
        x=counts,
        orientation="h",
        width=0.3,
        marker={"color": colours.lane},
        text=counts,
        textposition="outside",
        textfont={"size": 12},
        constraintext="none",
        cliponaxis=False,
        customdata=labels,
        hovertemplate="%{customdata}: %{x}<extra></extra>",
    )
    for row, words in zip(rows, labels, strict=True):
        _write_above(figure, row - 0.2, words)
    figure.update_xaxes(visible=False, range=[0, max([*counts, 1]) * 1.05])
    figure.update_yaxes(visible=False, range=[len(rows) - 0.7, -0.85])
    return figure


@drawn_once
def draw_accrual(curve: pd.DataFrame, projection: pd.DataFrame, plan: Plan | None, *, cut_off: date, colours: Palette) -> go.Figure:
    """Return ACCRUAL_CURVE as steps against the plan, with PROJECTION and its 95% band to the last planned subject."""
    figure = new_figure(colours, height=340, top=24, bottom=40)
    reach = Reach(cut_off, _last_day(curve, projection, plan, cut_off))
    if not projection.empty:
        _add_projection(figure, curve, projection, reach, colours)
    if plan and plan.ends_on:
        _add_plan(figure, plan, reach, colours)
    styles = (
        ("screened", say("Screened"), {"color": colours.lane, "width": 1.5}),
        ("dosed", say("Dosed"), {"color": colours.ink, "width": 1.5, "dash": "dot"}),
        ("enrolled", say("Enrolled"), {"color": colours.accent, "width": 2.5}),
    )
    for column, name, line in styles:
        _add_steps(figure, curve, reach, column=column, name=name, line=line)
    figure.add_vline(x=iso(cut_off), line={"color": colours.muted, "width": 1})
    late = (reach.until - cut_off).days < LABEL_ROOM * (reach.until - _first_day(curve, plan, cut_off)).days
    figure.add_annotation(
        x=iso(cut_off),
        y=1,
        yref="paper",
        text=say("cut-off"),
        showarrow=False,
        xanchor="right" if late else "left",
        yanchor="bottom",
        font={"color": colours.muted},
    )
    figure.update_layout(showlegend=True, legend={"x": 1.01, "y": 1, "xanchor": "left", "yanchor": "top", "traceorder": "reversed"})
    figure.update_xaxes(type="date", tickformat="%Y-%m", hoverformat="%Y-%m-%d", range=_range(curve, plan, reach))
    figure.update_yaxes(rangemode="tozero", showgrid=True, title_text=say("subjects"), tickformat=",d")
    return figure


def _write_above(figure: go.Figure, y: float, words: str) -> None:
    """Words over a bar, from its left end, so that a long label is never cut by a narrow screen's margin."""
    figure.add_annotation(x=0, y=y, text=words, showarrow=False, xanchor="left", yanchor="bottom", align="left", xshift=-2)


def _funnel_words(row: Any, colours: Palette) -> str:
    """One step with its numbers: denominator, exact interval, and who was lost or is still open."""
    reached, lost, waiting = int(row.reached), int(row.lost), int(row.waiting)
    if row.step == "screened":
        return f"<b>{_step(row.step)}</b>  {reached:,}"
    rate = translate(describe_rate(reached, reached + lost)) if reached + lost else say("none decided")
    below = say("{lost} lost, {waiting} still open", lost=f"{lost:,}", waiting=f"{waiting:,}")
    return f'<b>{_step(row.step)}</b>  {rate}<br><span style="color:{colours.muted}">{below}</span>'


def _step(step: str) -> str:
    names = {"screened": say("Screened"), "eligible": say("Eligible"), "enrolled": say("Enrolled"), "dosed": say("Dosed")}
    return names[step]


def _stage(step: str) -> str:
    """When somebody was lost who did not reach ``step``."""
    stages = {"eligible": say("in screening"), "enrolled": say("before enrolment"), "dosed": say("before dosing")}
    return stages[step]


def _reason(reason: object) -> str:
    return say("reason not recorded") if pd.isna(reason) else plain(reason, longest=46)


def _add_steps(figure: go.Figure, curve: pd.DataFrame, reach: Reach, *, column: str, name: str, line: dict[str, object]) -> None:
    """One cumulative count as steps that run on to the cut-off."""
    changed = curve[curve[column].diff().fillna(curve[column]) > 0]
    days, counts = [iso(day) for day in changed["day"]], [int(n) for n in changed[column]]
    total = counts[-1] if counts else 0
    figure.add_scatter(
        x=[*days[:1], *days, iso(reach.cut_off)],
        y=[0, *counts, total] if counts else [0],
        mode="lines",
        line={**line, "shape": "hv"},
        name=f"{name}: {total:,}",
        hovertemplate="%{x}: %{y}<extra>" + name + "</extra>",
    )


def _add_plan(figure: go.Figure, plan: Plan, reach: Reach, colours: Palette) -> None:
    """The planned line and the planned number."""
    ends_on = plan.ends_on or plan.starts_on
    figure.add_scatter(
        x=[iso(plan.starts_on), iso(ends_on), iso(max(ends_on, reach.until))],
        y=[0, plan.subjects, plan.subjects],
        mode="lines",
        line={"color": colours.muted, "width": 1.5, "dash": "dash"},
        name=say("Plan: {n} by {day}", n=f"{plan.subjects:,}", day=iso(ends_on)),
        hovertemplate="%{x}: %{y}<extra>" + say("Plan") + "</extra>",
    )


def _add_projection(figure: go.Figure, curve: pd.DataFrame, projection: pd.DataFrame, reach: Reach, colours: Palette) -> None:
    """The projected enrolments: median, and the days between which 95% of the probability lies."""
    start, now = iso(reach.cut_off), int(curve["enrolled"].iloc[-1]) if len(curve) else 0
    low, high = projection.dropna(subset=["low"]), projection.dropna(subset=["high"])
    edge = [iso(day) for day in low["low"]] + [iso(day) for day in high["high"][::-1]]
    levels = [int(n) for n in low["subjects"]] + [int(n) for n in high["subjects"][::-1]]
    figure.add_scatter(
        x=[start, *edge, start],
        y=[now, *levels, now],
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=colours.band,
        hoverinfo="skip",
        name=say("95% of projections"),
    )
    middle = projection.dropna(subset=["median"])
    figure.add_scatter(
        x=[start, *(iso(day) for day in middle["median"])],
        y=[now, *(int(n) for n in middle["subjects"])],
        mode="lines",
        line={"color": colours.accent, "width": 1.5, "dash": "dot"},
        text=[say("cut-off"), *(_expected(row) for row in middle.itertuples())],
        hovertemplate="%{text}<extra></extra>",
        name=say("Projection, median"),
    )


def _expected(row: Any) -> str:
    """When one further subject is expected, in words."""
    beyond = say("beyond the horizon") if pd.isna(row.high) else iso(row.high)
    return say("subject {n}: {day}, 95% {low} to {high}", n=row.subjects, day=iso(row.median), low=iso(row.low), high=beyond)


def _last_day(curve: pd.DataFrame, projection: pd.DataFrame, plan: Plan | None, cut_off: date) -> date:
    """The last day worth showing: the plan's end, the projected end and some room, not the whole tail of the interval."""
    days = [cut_off]
    if plan and plan.ends_on:
        days.append(plan.ends_on)
    if not projection.empty and not pd.isna(projection["median"].iloc[-1]):
        median = projection["median"].iloc[-1].date()
        high = projection["high"].iloc[-1]
        days.append(cut_off + (median - cut_off) * 2 if pd.isna(high) else min(high.date(), cut_off + (median - cut_off) * 2))
    return max(days)


def _first_day(curve: pd.DataFrame, plan: Plan | None, cut_off: date) -> date:
    """The first day worth showing: the first screening or the planned start, whichever comes first."""
    starts: list[date] = [curve["day"].iloc[0].date()] if len(curve) else []
    return min([*starts, *([plan.starts_on] if plan else []), cut_off])


def _range(curve: pd.DataFrame, plan: Plan | None, reach: Reach) -> list[str]:
    start = _first_day(curve, plan, reach.cut_off)
    room = max((reach.until - start) * 0.02, pd.Timedelta(days=2).to_pytimedelta())
    return [iso(start - room), iso(reach.until + room)]
