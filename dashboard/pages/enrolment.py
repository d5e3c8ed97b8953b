"""The enrolment page: the funnel with its losses, accrual against plan with projection, and the sites."""

from datetime import date

import pandas as pd
import streamlit as st

from dashboard.charts.enrolment import draw_accrual, draw_funnel, draw_losses
from dashboard.numbers import decimal, iso
from dashboard.parts.figure import show_figure
from dashboard.parts.frame import show_page
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import Tone, shorten, show_answer, show_missing, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.enrolment import criteria_failed, enrolment_days, funnel, losses, site_enrolment
from trial.clocks.accrual import (
    Accrual,
    Plan,
    compute_accrual,
    compute_curve,
    compute_opening,
    compute_projection,
    compute_shares,
    compute_site_accrual,
    plan_of,
)
from trial.signals.intervals import describe_percent, describe_rate
from trial.tables.enrolment import PROJECTION

FEW = 0.1  # below this probability of so few subjects under the plan's rate, the answer is marked as one to act on


def render(view: View) -> None:
    """Show the page."""
    shares = compute_shares(view.read(funnel))
    days, plan = view.read(enrolment_days), plan_of(view.protocol)
    accrual = _accrual(shares, days, plan, view.as_of.day)
    projection = compute_projection(accrual, plan, view.as_of.day) if accrual and plan else PROJECTION.empty()
    _show_answer(shares, accrual, plan, projection, days)
    _show_funnel(view, shares)
    _show_accrual(view, days, accrual, plan, projection)
    _show_sites(view, accrual)


def _accrual(shares: pd.DataFrame, days: pd.DataFrame, plan: Plan | None, day: date) -> Accrual | None:
    """Accrual up to the cut-off; up to the last enrolment where all planned are in, or no plan says that it still goes on."""
    opened_on = compute_opening(days, plan)
    if opened_on is None:
        return None
    enrolled, enrolling = _reached(shares, "enrolled"), days[days["enrolled"] > 0]
    over = len(enrolling) > 0 and (plan is None or enrolled >= plan.subjects)
    return compute_accrual(opened_on, enrolled, plan, enrolling["day"].iloc[-1].date() if over else day)


def _reached(shares: pd.DataFrame, step: str) -> int:
    return int(shares.loc[shares["step"] == step, "reached"].iloc[0])


def _show_answer(shares: pd.DataFrame, accrual: Accrual | None, plan: Plan | None, projection: pd.DataFrame, days: pd.DataFrame) -> None:
    screened = _reached(shares, "screened")
    if accrual is None or (screened == 0 and plan is None):
        show_answer(say("Nobody has been screened yet."))
        return
    tone: Tone = "caution" if accrual.this_few is not None and accrual.this_few < FEW else "plain"
    if plan is None:
        show_answer(_speed(accrual), [_loss_words(shares)])
        return
    basis = [_finish_words(plan, projection), _chance_words(accrual, plan), _loss_words(shares)]
    show_answer(_standing(accrual, plan, projection, days), basis, tone=tone)


def _standing(accrual: Accrual, plan: Plan, projection: pd.DataFrame, days: pd.DataFrame) -> str:
    """The answer where a plan is declared: enrolled of planned, against the plan by now, and the projected end."""
    if accrual.enrolled >= plan.subjects:
        last = days.loc[days["enrolled"] > 0, "day"].max()
        return say(
            "All {planned} planned subjects are enrolled ({enrolled}), the latest on {day}.",
            planned=plan.subjects,
            enrolled=accrual.enrolled,
            day=iso(last),
        )
    facts = {"enrolled": accrual.enrolled, "planned": plan.subjects, "expected": decimal(accrual.planned_by_now or 0.0)}
    if projection.empty or pd.isna(projection["median"].iloc[-1]):
        return say("{enrolled} of {planned} planned subjects are enrolled; the plan expected {expected} by now.", **facts)
    last = projection.iloc[-1]
    facts |= {"day": iso(last["median"]), "low": iso(last["low"]), "high": iso(last["high"]) or say("beyond twenty years")}
    return say(
        "{enrolled} of {planned} planned subjects are enrolled; the plan expected {expected} by now. "
        "The last is projected for {day} (95% interval {low} to {high}).",
        **facts,
    )


def _speed(accrual: Accrual) -> str:
    """The answer where no plan is declared: how many, over what time, how fast."""
    if accrual.per_month is None or accrual.low is None or accrual.high is None:
        return say("{enrolled} subjects are enrolled.", enrolled=f"{accrual.enrolled:,}")
    return say(
        "{enrolled} subjects were enrolled in {months} months: {rate} a month (95% interval {low} to {high}).",
        enrolled=f"{accrual.enrolled:,}",
        months=decimal(accrual.months),
        rate=decimal(accrual.per_month),
        low=decimal(accrual.low),
        high=decimal(accrual.high),
    )


def _finish_words(plan: Plan, projection: pd.DataFrame) -> str:
    """How far the projected end lies from the planned one."""
    if plan.ends_on is None or projection.empty or pd.isna(projection["median"].iloc[-1]):
        return ""
    days = (projection["median"].iloc[-1].date() - plan.ends_on).days
    if days > 0:
        return say("Planned for {day}: projected {days} days later.", day=plan.ends_on, days=f"{days:,}")
    return say("Planned for {day}: projected {days} days earlier.", day=plan.ends_on, days=f"{-days:,}")


def _chance_words(accrual: Accrual, plan: Plan) -> str:
    """How surprising so few (or so many) subjects are under the planned rate, with the rate that was achieved."""
    if accrual.per_month is None or accrual.low is None or accrual.high is None or accrual.this_few is None:
        return ""
    return say(
        "Achieved {rate} a month (95% interval {low} to {high}), planned {planned}. "
        "If the planned rate were true, {enrolled} or fewer by now would be seen with probability {chance}.",
        rate=decimal(accrual.per_month),
        low=decimal(accrual.low),
        high=decimal(accrual.high),
        planned=decimal(plan.per_month),
        enrolled=accrual.enrolled,
        chance=describe_percent(accrual.this_few),
    )


def _loss_words(shares: pd.DataFrame) -> str:
    """How many of the decided were lost in screening, with the exact interval."""
    row = shares[shares["step"] == "eligible"].iloc[0]
    lost, decided = int(row["lost"]), int(row["lost"] + row["reached"])
    if decided == 0:
        return say("No screening has been decided yet.")
    return say("Lost in screening: {rate}.", rate=describe_rate(lost, decided))


def _show_funnel(view: View, shares: pd.DataFrame) -> None:
    left, right = st.columns([1.15, 1], gap="large")
    lost = view.read(losses)
    with left:
        st.subheader(say("From screening to the first dose"), anchor=False)
        show_figure(draw_funnel(shares, colours=view.colours), key="funnel", alt=say("Subjects screened, eligible, enrolled and dosed"))
        show_note(
            say("Each bar is as long as the step before it: reached (solid), still open (hatched), lost (pale). Intervals are exact, 95%.")
        )
    with right:
        st.subheader(say("Why people were lost"), anchor=False)
        if lost.empty:
            show_note(say("Nobody has been lost before dosing."))
            return
        show_figure(draw_losses(lost, colours=view.colours), key="losses", alt=say("Reasons for loss before dosing, most frequent first"))
        show_note(say("{n} subjects, each counted once, with the reason on record.", n=f"{int(lost['subjects'].sum()):,}"))
    _show_criteria(view)


def _show_criteria(view: View) -> None:
    """The criteria behind the screening failures: several may fail in one subject."""
    failed = view.read(criteria_failed)
    if failed.empty:
        return
    with st.expander(say("Eligibility criteria not met (a subject may fail several)")):
        headings = {
            "criterion": say("Criterion"),
            "failed": say("Subjects who did not meet it"),
            "looked_at": say("Subjects in whom it was looked at"),
        }
        show_table(failed, key="criteria", headings=headings, rows=10)
        offer_download(view, "criteria-not-met", lambda now: now.read(criteria_failed))


def _show_accrual(view: View, days: pd.DataFrame, accrual: Accrual | None, plan: Plan | None, projection: pd.DataFrame) -> None:
    st.subheader(say("Accrual against plan"), anchor=False)
    if plan is None:
        show_missing(
            say("No accrual plan is declared, so nothing is projected."),
            say(
                "Declare [accrual] with planned_subjects and first_enrolment, and planned_per_month of each of the [[sites]], "
                "in the protocol file."
            ),
        )
    if accrual is None:
        return
    curve = compute_curve(days)
    figure = draw_accrual(curve, projection, plan, cut_off=view.as_of.day, colours=view.colours)
    show_figure(figure, key="accrual", alt=say("Subjects screened, enrolled and dosed over time against the plan"))
    undated = accrual.enrolled - (int(curve["enrolled"].iloc[-1]) if len(curve) else 0)
    if undated > 0:
        show_note(say("{n} enrolled subjects have no enrolment day and are not in the curve.", n=f"{undated:,}"))
    if plan is not None and not projection.empty:
        show_note(
            say(
                "Projection: enrolments as a Poisson process with one constant rate; the plan's rate counts as much as a tenth of the "
                "planned subjects, what was seen since {day} does the rest; the interval is the exact predictive one. "
                "Waiting that the protocol enforces (stagger, committee reviews) counts as slow accrual.",
                day=accrual.opened_on,
            )
        )
    offer_download(view, "accrual", lambda now: compute_curve(now.read(enrolment_days)))


def _show_sites(view: View, accrual: Accrual | None) -> None:
    st.subheader(say("By site"), anchor=False)
    months = accrual.months if accrual else 0.0
    table = compute_site_accrual(view.read(site_enrolment), months)
    shown = table.assign(
        name=table["name"].map(shorten),
        country=table["country"].map(shorten, na_action="ignore"),
        rate=[_rate_words(row.per_month, row.per_month_low, row.per_month_high) for row in table.itertuples()],
        failure=[translate(describe_rate(int(row.failed), int(row.screened - row.undecided))) for row in table.itertuples()],
    )
    headings = {
        "site": say("Site"),
        "name": say("Name"),
        "country": say("Country"),
        "planned_per_month": say("Planned a month"),
        "rate": say("Enrolled a month (95%)"),
        "screened": say("Screened"),
        "undecided": say("In screening"),
        "failure": say("Lost in screening (95%)"),
        "enrolled": say("Enrolled"),
        "dosed": say("Dosed"),
        "last_enrolled_on": say("Latest enrolment"),
    }
    if table["planned_per_month"].isna().all():
        headings.pop("planned_per_month")
    show_table(shown, key="sites", headings=headings, rows=14)
    if accrual and len(table):
        show_note(
            say(
                "Rates over {months} months since accrual opened on {day}, the same for every site.",
                months=decimal(months),
                day=accrual.opened_on,
            )
        )
    offer_download(view, "enrolment-by-site", lambda now: compute_site_accrual(now.read(site_enrolment), months))


def _rate_words(rate: float, low: float, high: float) -> str:
    return "" if pd.isna(rate) else f"{decimal(rate)} ({decimal(low)}-{decimal(high)})"


if __name__ == "__main__":
    show_page("enrolment", render)
