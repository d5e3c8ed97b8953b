"""The adverse events page: how many in whom, by cohort; what, how bad; and every event, filtered."""

import html
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.charts.incidence import cohort_name, draw_incidence
from dashboard.numbers import decimal
from dashboard.parts.basis import name_dosed, show_basis
from dashboard.parts.behind import show_counts
from dashboard.parts.deaths import name_deaths
from dashboard.parts.event_course import Scope, read_rates, show_courses
from dashboard.parts.events import show_events
from dashboard.parts.frame import show_page
from dashboard.parts.reporting import show_reporting
from dashboard.parts.shield import piece
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.term_dots import count_dosed, group_dots, read_incidence
from dashboard.parts.terms import show_terms
from dashboard.parts.words import Tone, show_answer
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.event_listing import event_listing
from db.queries.events import Arms, event_overview
from db.queries.reporting import serious_versions
from trial.signals.intervals import describe_interval, describe_percent, describe_rate
from trial.terms import HEADS


def render(view: View) -> None:
    """Show the page."""
    arms = _choose_arms(view)
    incidence = read_incidence(view, arms)
    names = name_measures(view, incidence)
    _show_answer(view, arms, incidence, names)
    if not incidence.empty:
        _show_overview(view, incidence, names, arms)
    if view.sees(serious_versions):
        show_reporting(view)
    if not incidence.empty:
        show_terms(view, incidence, arms)
        show_courses(Scope(view, view.read(event_overview, arms=arms, aesi=view.protocol.aesi), names, arms))
    if view.sees(event_listing):
        show_events(view)


def _choose_arms(view: View) -> Arms:
    """Which cohort a subject counts in; asked only where a study has planned arms that treatment may have departed from."""
    if view.study.kind != "imported":
        return "actual"
    options: dict[Arms, str] = {"actual": say("actual arm"), "planned": say("planned arm")}
    chosen = st.segmented_control(
        say("Arms"), list(options), default="actual", required=True, key="ae-arms", format_func=options.__getitem__
    )
    return chosen or "actual"


def name_measures(view: View, incidence: pd.DataFrame) -> dict[str, str]:
    """Return the measures worth showing with their names: a cause that is neither declared nor found is left out."""
    found = set(incidence.loc[incidence["subjects"] > 0, "measure"])
    declared = {part.head for part in view.protocol.attributions}
    causes = [head for head in HEADS if head in declared or f"related_{head}" in found]
    names = {"any": say("Any event, before or after dosing"), "emergent": say("Treatment-emergent")}
    if {"product", "procedure"} <= set(causes):
        labels = {head: view.protocol.label_of(head) for head in ("product", "procedure")}
        names["related"] = say("related: {product} or {procedure}", **labels)
    names |= {f"related_{head}": say("related: {cause}", cause=view.protocol.label_of(head)) for head in causes}
    names |= {"severe": say("grade 3 or above, or severe"), "serious": say("serious")}
    total = incidence[incidence["total"]].set_index("measure")["events"]
    if not total.empty and total["criterion"] > total["serious"]:
        names["criterion"] = say("serious, or meeting a criterion of it")
    if view.protocol.dlt or "limiting" in found:
        names["limiting"] = say("dose-limiting (DLT)")
    if view.protocol.aesi or "special" in found:
        names["special"] = say("of special interest")
    return names | {"fatal": say("fatal")}


def _show_answer(view: View, arms: Arms, incidence: pd.DataFrame, names: dict[str, str]) -> None:
    """How many events in how many of how many, and the worst of them."""
    if incidence.empty:
        show_answer(say("Nobody has been dosed yet."), [say("Events of people who are not dosed are in the listing below.")])
        return
    total = incidence[incidence["total"]].set_index("measure")
    dosed = int(total.loc["any", "dosed"])
    emergent, grave = total.loc["emergent"], total.loc["serious"]
    tone: Tone = "stop" if total.loc["fatal", "subjects"] else "caution" if grave["subjects"] else "plain"
    related = "related" if "related" in names else "related_product"
    counted = {"serious": "serious", "related": related, "limiting": "limiting", "fatal": "fatal"}
    sentence = say(
        "{events} treatment-emergent events in {subjects} of {dosed} dosed subjects: {serious} with a serious one, "
        "{related} with one possibly caused by the treatment, {limiting} with a DLT, {fatal} with a fatal one.",
        events=f"{emergent['events']:,}",
        subjects=f"{emergent['subjects']:,}",
        dosed=f"{dosed:,}",
        **{name: _count(total.loc[measure, "subjects"], dosed) for name, measure in counted.items()},
    )
    basis = [
        say("Serious: {rate}.", rate=describe_rate(int(grave["subjects"]), dosed))
        + " "
        + say("{cause}: {rate}.", cause=_capital(names.get(related, "")), rate=describe_rate(int(total.loc[related, "subjects"]), dosed)),
        _describe_rates(read_rates(view, arms)),
        _describe_contradiction(total),
        *name_deaths(view),
    ]
    show_answer(sentence, basis, tone=tone)


def _count(subjects: int, dosed: int) -> str:
    """A number of subjects; of none, up to what share is not excluded."""
    return f"{subjects:,}" if subjects else say("0 ({upper})", upper=describe_interval(0, dosed))


def _describe_contradiction(total: pd.DataFrame) -> str:
    """That events meet a criterion of seriousness without having been reported as serious; nothing where all agree."""
    missed = int(total.loc["criterion", "events"] - total.loc["serious", "events"])
    if not missed:
        return ""
    return say("{n} more events meet a criterion of seriousness (ICH E2A) but were not reported as serious.", n=f"{missed:,}")


def _describe_rates(rates: pd.DataFrame) -> str:
    """Events by time at risk: first events, and all of them, each with its exact interval."""
    rates = rates[rates["total"]].set_index("measure")
    every, grave = rates.loc["emergent"], rates.loc["serious"]
    return say(
        "By time at risk ({years} subject-years): {all} events per subject-year ({lower} to {upper}); "
        "a first serious one {first} times per subject-year ({first_lower} to {first_upper}).",
        years=decimal(every["years"]),
        all=decimal(every["rate"]),
        lower=decimal(every["lower"]),
        upper=decimal(every["upper"]),
        first=decimal(grave["first_rate"]),
        first_lower=decimal(grave["first_lower"]),
        first_upper=decimal(grave["first_upper"]),
    )


def _show_overview(view: View, incidence: pd.DataFrame, names: dict[str, str], arms: Arms) -> None:
    st.subheader(say("By cohort"), anchor=False)
    grouped, levels = group_dots(view, incidence)

    @piece
    def overview() -> None:
        """The picture of the overview; it reruns alone."""
        drawn = {measure: html.escape(_clean(name, 52)) for measure, name in names.items() if measure != "any"}
        figure = draw_incidence(grouped, drawn, levels=levels, colours=view.colours)
        alt = say("Share of dosed subjects with each kind of event, by cohort, with exact 95% intervals")
        show_counts(view, figure, key="incidence", alt=alt, names=names, arms=arms)

    overview()
    table, headings = _arrange_overview(incidence, names)
    show_table(table, key="overview", headings=headings, rows=len(table))
    show_basis(
        view,
        name_dosed(count_dosed(incidence)),
        say("Drawn by dose level, the cohorts of a level together.") if levels else "",
        say(
            "Subjects, their share of the dosed subjects in the heading with its exact 95% interval (Clopper-Pearson), and after the dot "
            "events. Every row but the first counts treatment-emergent events: they began at or after the start of the procedure of the "
            "first dose, or may have. "
            "Related: investigator or sponsor see a reasonable possibility."
        ),
    )
    offer_download(view, "adverse-events-by-cohort", incidence)


def _arrange_overview(incidence: pd.DataFrame, names: dict[str, str]) -> tuple[pd.DataFrame, dict[str, str]]:
    """The measures as rows and the cohorts as columns, each heading with its denominator."""
    headings, table = {"measure": say("Events")}, pd.DataFrame({"measure": list(names.values())})
    for place, (_, rows) in enumerate(incidence.groupby(["total", "cohort"], sort=False, dropna=False)):
        first, cells = rows.iloc[0], rows.set_index("measure")
        name = say("All") if first["total"] else html.unescape(cohort_name(first))
        heading = f"{name}, n = {first['dosed']:,}"
        headings[f"group{place}"] = heading if heading not in headings.values() else f"{heading} ({first['cohort']})"
        table[f"group{place}"] = [_cell(cells.loc[measure]) for measure in names]
    order = [name for name in headings if name != "measure"]
    last = [name for name in order if headings[name].startswith(say("All"))]
    return table, {name: headings[name] for name in ["measure", *(name for name in order if name not in last), *last]}


def _cell(row: Any) -> str:
    """Subjects, share, interval and events in one cell."""
    subjects, dosed = int(row["subjects"]), int(row["dosed"])
    words = translate(describe_interval(subjects, dosed))
    if subjects == 0:
        return f"0 ({words})"
    return f"{subjects:,} ({describe_percent(subjects / dosed)}; {words}) · {row['events']:,}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _clean(text: str, longest: int) -> str:
    """Text for a label: unprintable signs out, cut to ``longest``."""
    kept = "".join(sign if sign.isprintable() else " " for sign in text)
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


if __name__ == "__main__":
    show_page("adverse_events", render)
