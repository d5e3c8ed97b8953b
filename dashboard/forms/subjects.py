"""The forms of a subject's way into the trial: screening, eligibility, enrolment."""

from typing import Any

import streamlit as st

from dashboard.forms.choosing import choose_subject, name_waiting
from dashboard.forms.fields import ask
from dashboard.forms.saving import entry_key, save
from dashboard.parts.words import shorten, show_missing, show_note
from dashboard.text import say
from dashboard.view import View
from db.commands.enrol_subject import REASON, EnrolmentEntry, enrol_subject
from db.commands.screen_subject import ASSESSMENT_FIELDS, EligibilityEntry, ScreeningEntry, assess_eligibility, screen_subject
from db.queries.entry import entry_cohorts, entry_sites
from trial.entry.field import Field
from trial.entry.subject import ENROLMENT_FIELDS, SCREENING_FIELDS
from trial.sentence import Sentence


def show_screening(view: View) -> None:
    """Ask for a new subject."""
    sites = view.read(entry_sites)
    if sites.empty:
        show_missing(say("This trial has no site at which you may screen."), say("Declare it under [[sites]] in the protocol file."))
        return
    names = {row.site: row for row in sites.itertuples()}
    left, _ = st.columns([1, 2])
    site = left.selectbox(
        say("Site"), list(names), key="entry-site", format_func=lambda code: f"{shorten(code, 20)} · {shorten(names[code].name, 40)}"
    )
    key = f"{entry_key('screen')}-{list(names).index(site)}"
    fields = {field.name: field for field in SCREENING_FIELDS}
    given: dict[str, Any] = {"site": site}
    with st.form(key, border=True):
        for names_of_row in (("code", "screened_on", "consented_on", "consent_version"), ("age_years", "sex")):
            for place, name in zip(st.columns(4, vertical_alignment="bottom"), names_of_row, strict=False):
                with place:
                    given[name] = ask(fields[name], key, names[site].next_code if name == "code" else None)
        show_note(say("The injury, where the trial is of one."))
        for place, name in zip(
            st.columns(4, vertical_alignment="bottom"), ("injured_on", "injury_level", "ais", "injury_mechanism"), strict=True
        ):
            with place:
                given[name] = ask(fields[name], key)
        wanted = st.form_submit_button(say("Save"), type="primary")
    show_note(say("Times are local at the site ({zone}). Fields with * must be filled in.", zone=names[site].time_zone))
    if wanted:
        save(view, screen_subject, ScreeningEntry(**given), subject=str(given["code"]).strip())


def show_eligibility(view: View) -> None:
    """Ask which criteria a screened subject does not meet."""
    name_waiting(view, "screening")
    subject = choose_subject(view, "eligibility", waiting="screening")
    if subject is None:
        return
    key, declared = entry_key("eligibility"), list(view.protocol.eligibility)
    with st.form(key, border=True):
        left, right = st.columns([1, 3])
        with left:
            day = ask(ASSESSMENT_FIELDS[0], key)
        with right:
            failed = st.multiselect(
                say("Criteria that are not met (none: the subject is eligible)"),
                declared,
                key=f"{key}-failed",
                accept_new_options=not declared,
                placeholder=say("None: all are met"),
                wrap=True,
            )
        note = ask(ASSESSMENT_FIELDS[1], key)
        wanted = st.form_submit_button(say("Save"), type="primary")
    if not declared:
        show_note(say("The protocol declares no criteria: write in your own words what is not met."))
    if wanted:
        save(view, assess_eligibility, EligibilityEntry(subject, day, tuple(failed), note), subject=subject)


def show_enrolment(view: View) -> None:
    """Ask into which cohort an eligible subject is enrolled."""
    name_waiting(view, "eligible")
    subject = choose_subject(view, "enrol", waiting="eligible")
    if subject is None:
        return
    key = entry_key("enrol")
    with st.form(key, border=True):
        left, right = st.columns([1, 3])
        with left:
            day = ask(ENROLMENT_FIELDS[0], key)
        with right:
            cohort = choose_cohort(view, key)
        happened, reason = ask_happened(key)
        wanted = st.form_submit_button(say("Save"), type="primary")
    if wanted:
        save(view, enrol_subject, EnrolmentEntry(subject, day, cohort, happened, reason), subject=subject)


def choose_cohort(view: View, key: str, *, planned: bool = False) -> str | None:
    """Let the person choose a cohort that is not closed and return its code; None, or the ``planned`` one, when left empty."""
    found = {row.cohort: row for row in view.read(entry_cohorts).itertuples()}

    def words(code: str | None) -> str:
        """A cohort in the list to choose from, with its dose."""
        if code is None:
            return say("the planned one") if planned else ""
        return " · ".join(shorten(part, 40) for part in (found[code].label, found[code].dose) if isinstance(part, str))

    chosen: str | None = st.selectbox(say("Cohort"), [None, *found] if planned else [*found], key=f"{key}-cohort", format_func=words)
    return chosen


def ask_happened(key: str) -> tuple[bool, str]:
    """Ask whether it took place against a rule, and why."""
    happened = st.checkbox(
        say("It has happened already, even if a rule stands against it"),
        key=f"{key}-happened",
        help=say("What happened must be on record. A rule that stood against it is named, and your reason with it."),
    )
    reason = ask(Field("reason", Sentence("Reason, where a rule stands against it"), REASON.kind), key)
    return happened, reason
