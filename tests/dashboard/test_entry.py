"""The entry page in memory: each role sees its own forms, faults keep what was typed, a saved form begins anew."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from dashboard.forms.choosing import name_rows
from dashboard.forms.corrections import _differs
from dashboard.forms.fields import tell
from dashboard.forms.register import FORMS, forms_of
from dashboard.register import entry_of
from db.engine import open_engine, reading
from db.history import table_of
from db.models import Comment, CommitteeDecision, Subject
from tests.contracts.screen import bodies, faults, open_screen, show
from trial.roles import ACTS, ROLES, may, may_see
from trial.tables.entry import ENTRY_ROWS


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


@pytest.mark.parametrize(("form", "role", "label"), [("Sign a decision", "committee member", "Decision"), ("Void", "data manager", "Row")])
def test_a_decision_is_chosen_by_day_and_time_in_the_zone_of_the_study(dataset, monkeypatch, form, role, label):
    url = dataset("default")
    screen = show(open_screen(url, monkeypatch, role=role), entry_of("entry"))
    screen.session_state["entry-act"] = form
    screen.run()
    if form == "Void":
        next(box for box in screen.selectbox if box.label == "Kind").set_value("committee_decision").run()
    [box] = [box for box in screen.selectbox if box.label == label]
    taken = [(row["code"], row["decision"], row["decided_at"] + timedelta(hours=8)) for row in rows(url, CommitteeDecision)]
    assert len(taken) > 1
    assert sorted(box.options) == sorted(f"{code} · {word} · {local:%Y-%m-%d %H:%M} (Asia/Shanghai)" for code, word, local in taken)
    assert not [body for body in bodies(screen) if re.search(r"\d\dT\d\d:", body)]
    last = box.options[-1]
    box.select_index(len(taken) - 1).run()
    assert any(last.split(" · ")[0] in body for body in bodies(screen))
    assert not faults(screen)


def test_rows_that_read_alike_are_told_apart():
    moment, later = "2026-11-05T01:30:10+00:00", "2026-11-05T01:30:40+00:00"
    rows = [
        ("comment", number, None, "seen", None, None, began, datetime(2026, 11, 6, tzinfo=UTC))
        for number, began in ((4, moment), (9, later))
    ]
    rows.append(("comment", 11, None, "seen", None, None, "2026-11-05T17:00:00", datetime(2026, 11, 6, tzinfo=UTC)))
    words = name_rows({row.row: row for row in ENTRY_ROWS.frame(rows).itertuples()}, "Asia/Shanghai")
    assert words == {
        4: "seen · 2026-11-05 09:30 (Asia/Shanghai) · row 4",
        9: "seen · 2026-11-05 09:30 (Asia/Shanghai) · row 9",
        11: "seen · 2026-11-06 01:00 (Asia/Shanghai)",
    }


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
