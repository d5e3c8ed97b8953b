"""The table of rights: what it must hold, whatever else it says."""

import pytest

from dashboard.register import PAGES
from trial.roles import ACTS, PAGE_AREAS, QUERY_AREAS, RIGHTS, ROLES, may, may_see, needs_site, roles_that_may

CLINICAL_ENTRY = ("screen subject", "enrol subject", "dose subject", "record event", "correct", "void")


def test_every_role_has_its_rights_and_no_other():
    assert tuple(RIGHTS) == ROLES
    for rights in RIGHTS.values():
        assert rights.does <= set(ACTS)
        assert rights.sees <= set(PAGE_AREAS) | set(QUERY_AREAS)


def test_every_page_is_an_area_and_every_area_of_pages_is_one():
    assert set(PAGE_AREAS) == {page.name for page in PAGES}


def test_every_act_and_every_area_is_open_to_somebody():
    assert all(roles_that_may(act) for act in ACTS)
    assert all(any(may_see(role, area) for role in ROLES) for area in (*PAGE_AREAS, *QUERY_AREAS))


@pytest.mark.parametrize("role", ROLES)
def test_what_is_not_listed_is_refused(role):
    assert not may(role, "launch")
    assert not may_see(role, "nowhere")
    assert not may("nobody", "read") and not may_see("nobody", "today")
    assert needs_site("nobody")


@pytest.mark.parametrize("act", CLINICAL_ENTRY)
@pytest.mark.parametrize("role", ["committee member", "statistician", "viewer", "administrator", "safety officer"])
def test_those_who_judge_or_read_enter_nothing(role, act):
    assert not may(role, act)


def test_who_decides():
    assert roles_that_may("record decision") == ("committee member",)
    assert roles_that_may("adjudicate dlt") == ("safety officer",)
    assert roles_that_may("manage accounts") == ("administrator",)
    assert roles_that_may("void") == ("data manager",)


def test_a_viewer_sees_no_subject_and_takes_no_listing_away():
    assert not any(may_see("viewer", area) for area in ("subject", "listings", "stories", "rule", "intake"))
    assert not may("viewer", "export")


def test_an_investigator_acts_at_a_site():
    assert [role for role in ROLES if needs_site(role)] == ["investigator"]
