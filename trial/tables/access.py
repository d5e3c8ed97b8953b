"""Tables about who may come in, and the sites that a role can be narrowed to."""

from trial.tables.schema import Table, flag, integer, text

ACCOUNTS = Table(
    "accounts",
    "one role of an account (an account without a role has one row)",
    (
        integer("account", "key of the account"),
        text("name", "name for the record"),
        text("issuer", "the identity provider's address (claim iss)"),
        text("login", "the person's key at that provider (claim sub)"),
        flag("disabled", "whether the account is shut out"),
        text("role", "role granted", missing=True),
        text("study", "code of the study it is granted in; missing: every study, or no role", missing=True),
        text("site", "code of the site it is narrowed to; missing: every site, or no role", missing=True),
    ),
)

SITE_CHOICES = Table(
    "site choices",
    "one site of a study",
    (
        integer("site_id", "key of the site"),
        text("site", "site code"),
    ),
)
