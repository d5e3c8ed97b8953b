"""What is granted to a person: roles, each in one study or in all, each at one site or at all. Default deny."""

from collections.abc import Iterable
from dataclasses import dataclass

from trial.roles import RIGHTS, ROLES, needs_site


@dataclass(frozen=True)
class Grant:
    """One role of a person; ``study_id`` None is every study, ``site_id`` None every site of it."""

    role: str
    study_id: int | None = None
    site_id: int | None = None

    @property
    def holds(self) -> bool:
        """Whether it grants anything: a role of the own site needs a site, and a site belongs to a study."""
        if self.role not in RIGHTS or (self.site_id is not None and self.study_id is None):
            return False
        return self.site_id is not None or not needs_site(self.role)


def roles_in(grants: Iterable[Grant], study_id: int) -> tuple[str, ...]:
    """Return the roles granted in a study, in the order of ROLES."""
    found = {grant.role for grant in grants if grant.holds and grant.study_id in (None, study_id)}
    return tuple(role for role in ROLES if role in found)


def studies_of(grants: Iterable[Grant], role: str | None = None) -> frozenset[int] | None:
    """Return the studies in which ``role`` (any role, when None) is granted; None when that is every study."""
    found = {grant.study_id for grant in grants if grant.holds and role in (None, grant.role)}
    return None if None in found else frozenset(study for study in found if study is not None)


def sites_of(grants: Iterable[Grant], role: str, study_id: int) -> frozenset[int] | None:
    """Return the sites of a study at which ``role`` is granted; None when that is every site, none at all when it is not granted."""
    found = {grant.site_id for grant in grants if grant.holds and grant.role == role and grant.study_id in (None, study_id)}
    return None if None in found else frozenset(site for site in found if site is not None)
