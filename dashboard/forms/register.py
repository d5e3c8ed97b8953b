"""The entry forms, in the order of a subject's way through the trial: the act whose right each needs, its name, and how it is shown."""

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.forms.complications import show_prompted_list
from dashboard.forms.corrections import show_attribution, show_correction, show_voiding
from dashboard.forms.dosing import show_dosing
from dashboard.forms.events import show_recording
from dashboard.forms.opinions import show_adjudication, show_comment, show_decision, show_review
from dashboard.forms.signing import show_signing
from dashboard.forms.subjects import show_eligibility, show_enrolment, show_screening
from dashboard.view import View
from trial.roles import may
from trial.sentence import Sentence


@dataclass(frozen=True)
class Form:
    """One form."""

    act: str
    title: Sentence
    show: Callable[[View], None]


FORMS = (
    Form("record event", Sentence("Record an event"), show_recording),
    Form("screen subject", Sentence("Screen"), show_screening),
    Form("screen subject", Sentence("Assess eligibility"), show_eligibility),
    Form("enrol subject", Sentence("Enrol"), show_enrolment),
    Form("dose subject", Sentence("Dose"), show_dosing),
    Form("record complications", Sentence("Ask for complications"), show_prompted_list),
    Form("adjudicate dlt", Sentence("Judge a DLT"), show_adjudication),
    Form("review event", Sentence("Review an event"), show_review),
    Form("attribute event", Sentence("Judge causes"), show_attribution),
    Form("record decision", Sentence("Record a decision"), show_decision),
    Form("sign decision", Sentence("Sign a decision"), show_signing),
    Form("comment", Sentence("Comment"), show_comment),
    Form("correct", Sentence("Correct"), show_correction),
    Form("void", Sentence("Void"), show_voiding),
)


def forms_of(role: str) -> tuple[Form, ...]:
    """Return the forms that a role may use."""
    return tuple(form for form in FORMS if may(role, form.act))
