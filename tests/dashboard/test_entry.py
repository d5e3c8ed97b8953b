"""The entry page in memory: each role sees its own forms, faults keep what was typed, a saved form begins anew."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from dashboard.forms.corrections import _differs
from dashboard.forms.fields import tell
from dashboard.forms.register import FORMS, forms_of
from dashboard.register import entry_of
from db.engine import open_engine, reading
from db.history import table_of
from db.models import Comment, Subject
from tests.contracts.screen import bodies, faults, open_screen, show
from trial.roles import ACTS, ROLES, may, may_see


def acts_of(screen):
    """The forms that are offered."""
    return [option for group in screen.button_group if group.key == "entry-act" for option in group.options]


def rows(url, model):
    """The rows of a table."""
    engine = open_engine(url)
    with reading(engine) as session:
        return session.connection().execute(select(table_of(model))).mappings().all()


@pytest.mark.parametrize("role", [role for role in ROLES if may_see(role, "entry")])
def test_a_role_is_offered_the_forms_of_its_rights_and_no_other(dataset, monkeypatch, role):
    screen = show(open_screen(dataset("default"), monkeypatch, role=role), entry_of("entry"))
    assert not faults(screen)
    assert acts_of(screen) == [str(form.title) for form in FORMS if may(role, form.act)]


def test_every_form_needs_a_right_that_some_role_has():
    assert all(form.act in ACTS for form in FORMS)
    assert {form for role in ROLES for form in forms_of(role)} == set(FORMS)


@pytest.mark.parametrize("name", ["empty", "default", "hostile", "pilot"])
@pytest.mark.parametrize("role", ["coordinator", "data manager", "safety officer", "committee member"])
def test_every_form_shows_for_every_trial(dataset, monkeypatch, name, role):
    screen = show(open_screen(dataset(name), monkeypatch, role=role), entry_of("entry"))
    for form in forms_of(role):
        screen.session_state["entry-act"] = str(form.title)
        screen.run()
        assert not faults(screen), form.title
        box = next((box for box in screen.selectbox if box.label == "Subject"), None)
        if box is not None and box.options:
            box.set_value(box.options[0].split(" · ")[0]).run()
            assert not faults(screen), form.title


def test_a_comment_is_saved_and_the_form_begins_anew(own_dataset, monkeypatch):
    url = own_dataset("one subject")
    code = rows(url, Subject)[0]["code"]
    screen = open_screen(url, monkeypatch, role="coordinator")
    screen.session_state["subject_code"] = code
    show(screen, entry_of("entry"))
    screen.session_state["entry-act"] = "Comment"
    screen.run()
    save(screen)
    assert any("Not saved: 1 faults" in body for body in bodies(screen))
    screen.text_area[0].set_value("<b>seen</b>")
    save(screen)
    [remark] = rows(url, Comment)
    assert (remark["text"], remark["role"]) == ("<b>seen</b>", "coordinator")
    assert abs(datetime.now(UTC) - remark["known_from"]).total_seconds() < 120
    assert any("Recorded: comment" in body for body in bodies(screen))
    assert screen.text_area[0].value == ""


def save(screen):
    """Press the form's button."""
    next(button for button in screen.button if button.label == "Save").click().run()
    assert not faults(screen)


def test_only_what_a_person_changed_counts_as_changed():
    assert not _differs("", None)
    assert not _differs(" a ", "a")
    assert not _differs(None, None)
    assert _differs(False, None)
    assert _differs("b", "a")


def test_closed_words_are_told_and_nothing_is_nothing():
    assert [tell(value) for value in (None, True, False, 3, "fatal")] == ["", "yes", "no", "3", "fatal"]
