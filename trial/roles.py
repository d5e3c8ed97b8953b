"""Who may see and do what: one table, default deny. Studies and sites narrow it further, by what is granted to a person."""

from collections.abc import Mapping
from dataclasses import dataclass

ROLES = ("coordinator", "investigator", "safety officer", "committee member", "data manager", "statistician", "viewer", "administrator")

ACTS = (
    "read", "import", "generate", "screen subject", "enrol subject", "dose subject", "record event", "record complications",
    "attribute event", "correct", "void", "adjudicate dlt", "review event", "comment", "record decision", "sign decision", "export",
    "manage accounts", "read audit",
)  # fmt: skip
"""Everything that can be done to the record, or with it."""

QUERY_AREAS = ("counts", "listings", "stories", "rule", "intake", "audit")
"""What queries tell: numbers of subjects; rows of subjects and events; one person's whole story;
what the dosing rule rests on; what came in; who changed what.

`db.queries.register` says the area of each query.
"""

PAGE_AREAS = (
    "today", "enrolment", "cohorts", "adverse_events", "perioperative", "signals", "neurology", "laboratory", "subject",
    "escalation", "simulation", "data", "entry", "audit",
)  # fmt: skip
"""The pages, by their names in `dashboard.register`."""


@dataclass(frozen=True)
class Rights:
    """What a role may see (pages and areas of queries) and do; ``own_site`` when it holds for the subjects of a named site only."""

    sees: frozenset[str]
    does: frozenset[str]
    own_site: bool = False


def _rights(sees: tuple[str, ...], *does: str, own_site: bool = False) -> Rights:
    trail = ("audit",) if "read audit" in does else ()
    return Rights(frozenset((*sees, *trail)), frozenset(("read", *does)), own_site)


WHOLE_TRIAL = frozenset({"enrolment", "cohorts", "signals", "escalation", "simulation", "data", "intake"})
"""Areas of the whole trial: a count, a rate or a rule on the subjects of some sites would mislead, and what came in is not told
apart by site."""

_EVERYTHING = tuple(area for area in (*PAGE_AREAS, *QUERY_AREAS) if area != "audit")
"""All but the audit trail, which comes with the right to read it."""
_OWN_SITE = (
    "today", "adverse_events", "perioperative", "neurology", "laboratory", "subject", "entry",
    "counts", "listings", "stories", "rule",
)  # fmt: skip
_ENTRY = ("screen subject", "enrol subject", "dose subject", "record event", "record complications", "correct", "comment", "export")

RIGHTS: Mapping[str, Rights] = {
    "coordinator": _rights(_EVERYTHING, *_ENTRY),
    "investigator": _rights(_OWN_SITE, *_ENTRY, "attribute event", own_site=True),
    "safety officer": _rights(_EVERYTHING, "attribute event", "adjudicate dlt", "review event", "comment", "export", "read audit"),
    "committee member": _rights(_EVERYTHING, "review event", "comment", "record decision", "sign decision", "export", "read audit"),
    "data manager": _rights(_EVERYTHING, "import", "correct", "void", "comment", "export", "read audit"),
    "statistician": _rights(tuple(area for area in _EVERYTHING if area != "entry"), "export"),
    "viewer": _rights(("enrolment", "adverse_events", "signals", "counts")),
    "administrator": _rights(("data", "intake", "counts"), "import", "generate", "manage accounts", "read audit"),
}
"""Each role's rights. What is not listed is refused.

A viewer sees numbers, never a subject; an administrator keeps accounts and data, and enters nothing clinical; a committee decides on
data that others enter.
"""


def may(role: str, act: str) -> bool:
    """Return whether ``role`` may do ``act``; False for anything unknown."""
    return role in RIGHTS and act in RIGHTS[role].does


def may_see(role: str, area: str) -> bool:
    """Return whether ``role`` may see ``area`` (a page's name or an area of queries); False for anything unknown."""
    return role in RIGHTS and area in RIGHTS[role].sees


def fits_site(area: str) -> bool:
    """Return whether an area still tells the truth, and no more than that, to a reader who sees the subjects of some sites only."""
    return area not in WHOLE_TRIAL


def needs_site(role: str) -> bool:
    """Return whether ``role`` can only be granted for a named site; any other role may be narrowed to one."""
    return role not in RIGHTS or RIGHTS[role].own_site


def roles_that_may(act: str) -> tuple[str, ...]:
    """Return the roles that may do ``act``, in the order of ROLES: whom to ask for it."""
    return tuple(role for role in ROLES if may(role, act))
