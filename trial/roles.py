"""Who may do what: one table, default deny."""

ROLES = ("coordinator", "investigator", "safety officer", "committee member", "data manager", "statistician", "viewer", "administrator")

ACTS: dict[str, frozenset[str]] = {
    "read": frozenset(ROLES),
    "import": frozenset({"data manager", "administrator"}),
    "generate": frozenset({"administrator"}),
}
"""Each act and the roles that may do it; an act or a role that is not listed is refused."""


def may(role: str, act: str) -> bool:
    """Return whether ``role`` may do ``act``; False for anything unknown."""
    return role in ACTS.get(act, frozenset())
