"""Tables about decisions: what the committee decided, and the lots that may be given."""

from trial.tables.schema import Table, day, flag, integer, moment, number, text

COMMITTEE_DECISIONS = Table(
    "committee decisions",
    "one decision of the safety review committee",
    (
        text("code", "code of the decision"),
        moment("decided_at", "when it was taken"),
        integer("dose_level", "dose level it was about", missing=True),
        text("decision", "escalate, stay, de-escalate, stop or pause"),
        integer("next_level", "dose level it allows next", missing=True),
        text("rationale", "why, in the committee's words"),
    ),
)

DECISION_SIGNATURES = Table(
    "signatures to decisions",
    "one signature to a decision of the safety review committee",
    (
        text("code", "code of the decision"),
        text("signer", "printed name of who signed"),
        text("role", "role in which it was signed"),
        text("meaning", "what the signature means: approves, dissents or took part"),
        moment("signed_at", "when it was signed"),
        integer("head_number", "newest entry of the audit chain that the signer saw"),
        text("head_hash", "hash of that entry"),
        flag("of_this_version", "the signature is to the decision as it stands at the cut-off, not to an earlier version"),
    ),
)

LOTS = Table(
    "product lots",
    "one lot of the product",
    (
        text("lot", "lot code"),
        day("released_on", "day of release", missing=True),
        day("expires_on", "last day on which it may be given", missing=True),
        number("viability_percent", "viability at release, percent of cells", missing=True),
        integer("given", "administrations from this lot"),
    ),
)

DECISION_REVIEW = Table(
    "committee and rule",
    "one decision of the safety review committee beside what the rule says",
    (
        text("code", "code of the decision"),
        day("decided_on", "local day on which it was taken"),
        integer("dose_level", "dose level it was about", missing=True),
        text("decision", "escalate, stay, de-escalate, stop or pause"),
        integer("next_level", "dose level it allows next", missing=True),
        text("rule_action", "what the rule said on what was known at the end of that day"),
        integer("rule_level", "dose level that the rule gave", missing=True),
        text("verdict", "agrees, more careful or less careful than the rule"),
        text("because", "why the rule said so"),
        flag("reopened", "on what is known now of the same subjects, the decision is less careful than the rule"),
        text("later_action", "what the rule says on that"),
        integer("later_level", "dose level that the rule gives then", missing=True),
        text("later_because", "why the rule says so"),
    ),
)
