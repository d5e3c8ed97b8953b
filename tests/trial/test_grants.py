"""Which roles, studies and sites follow from grants."""

from trial.grants import Grant, roles_in, sites_of, studies_of

EVERYWHERE = Grant("safety officer")
IN_ONE = Grant("viewer", 1)
AT_SITE = Grant("investigator", 1, 7)
AT_OTHER = Grant("investigator", 1, 8)


def test_roles_in_a_study():
    grants = (AT_SITE, EVERYWHERE, IN_ONE)
    assert roles_in(grants, 1) == ("investigator", "safety officer", "viewer")
    assert roles_in(grants, 2) == ("safety officer",)
    assert roles_in((), 1) == ()


def test_studies():
    assert studies_of((AT_SITE, IN_ONE)) == {1}
    assert studies_of((AT_SITE, EVERYWHERE)) is None
    assert studies_of((AT_SITE, EVERYWHERE), "investigator") == {1}
    assert studies_of(()) == frozenset()


def test_sites():
    assert sites_of((AT_SITE, AT_OTHER), "investigator", 1) == {7, 8}
    assert sites_of((AT_SITE, EVERYWHERE), "safety officer", 1) is None
    assert sites_of((AT_SITE,), "investigator", 2) == frozenset()
    assert sites_of((AT_SITE,), "viewer", 1) == frozenset()
    assert sites_of((Grant("viewer", 1, 7), IN_ONE), "viewer", 1) is None


def test_a_grant_that_holds_nothing():
    for grant in (Grant("investigator", 1), Grant("investigator"), Grant("viewer", None, 7), Grant("king", 1)):
        assert not grant.holds
        assert roles_in([grant], 1) == ()
        assert studies_of([grant]) == frozenset()
        assert sites_of([grant], grant.role, 1) == frozenset()
