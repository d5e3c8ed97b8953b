"""The form of a dose, with the procedure it was part of; the gate's answer stands above it."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.forms.choosing import choose_subject, name_waiting
from dashboard.forms.fields import ask
from dashboard.forms.saving import entry_key, save
from dashboard.forms.subjects import ask_happened, choose_cohort
from dashboard.numbers import iso
from dashboard.parts.words import shorten, show_note
from dashboard.text import say
from dashboard.view import View
from db.commands.dose_subject import DoseEntry, ProcedureEntry, dose_subject
from db.queries.decisions import lots
from db.queries.entry import entry_cohorts
from trial.entry.dose import DOSE_FIELDS, PROCEDURE_FIELDS

DOSE = {field.name: field for field in DOSE_FIELDS}
PROCEDURE = {field.name: field for field in PROCEDURE_FIELDS if field.name != "performed_on"}


def show_dosing(view: View) -> None:
    """Ask for a dose."""
    name_waiting(view, "enrolled")
    subject = choose_subject(view, "dose", waiting="enrolled")
    if subject is None:
        return
    key = entry_key("dose")
    with st.form(key, border=True):
        given = _ask_dose(view, key)
        with st.expander(say("The procedure it was part of"), key=f"{key}-procedure"):
            operation = _ask_procedure(key)
        given["happened"], given["reason"] = ask_happened(key)
        wanted = st.form_submit_button(say("Save"), type="primary")
    units = sorted({unit for unit in view.read(entry_cohorts)["amount_unit"].dropna()})
    if units:
        show_note(say("Amounts are in {units}, as the dose level is declared.", units=", ".join(shorten(unit, 40) for unit in units)))
    if wanted:
        procedure = ProcedureEntry(**operation) if any(operation.values()) else None
        save(view, dose_subject, DoseEntry(subject, procedure=procedure, **given), subject=subject)


def _ask_dose(view: View, key: str) -> dict[str, Any]:
    """When, from which lot, in which cohort, and how much."""
    given: dict[str, Any] = {}
    start, end, lot, cohort = st.columns(4, vertical_alignment="bottom")
    for place, name in ((start, "start_text"), (end, "end_text")):
        with place:
            given[name] = ask(DOSE[name], key)
    with lot:
        given["lot"] = _choose_lot(view, key)
    with cohort:
        given["cohort"] = choose_cohort(view, key, planned=True)
    for place, name in zip(
        st.columns(4, vertical_alignment="bottom"), ("delivered_amount", "viability_percent", "route", "location"), strict=True
    ):
        with place:
            given[name] = ask(DOSE[name], key)
    given["deviation"] = ask(DOSE["deviation"], key)
    return given


def _choose_lot(view: View, key: str) -> str | None:
    """The lot, with the day on which it expires."""
    found = {row.lot: row for row in view.read(lots).itertuples()}

    def words(code: str | None) -> str:
        """A lot in the list to choose from, with the day on which it expires."""
        if code is None:
            return ""
        expires = found[code].expires_on
        return shorten(code, 40) if pd.isna(expires) else say("{lot}, expires {day}", lot=shorten(code, 40), day=iso(expires))

    chosen: str | None = st.selectbox(say("Lot"), [None, *found], key=f"{key}-lot", format_func=words, placeholder="–")
    return chosen


def _ask_procedure(key: str) -> dict[str, Any]:
    """The operation with its times; all empty where there was none."""
    given: dict[str, Any] = {}
    for names in (
        ("type", "anaesthesia", "anaesthesia_started_at", "incision_at"),
        ("closure_at", "blood_loss_ml", "neuromonitoring", "neuromonitoring_alert"),
    ):
        for place, name in zip(st.columns(4, vertical_alignment="bottom"), names, strict=True):
            with place:
                given[name] = ask(PROCEDURE[name], f"{key}-op") or None
    return given
