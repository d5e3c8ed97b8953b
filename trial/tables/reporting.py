"""Tables about the reporting of serious events: what the record said of each, version by version, and the clocks that follow from it."""

from trial.tables.schema import Column, Table, day, flag, integer, moment, number, text
from trial.terms import JUDGES, SERIOUSNESS

SUSPECTS = ("product", "procedure")
"""The causes a reaction may be suspected of: the product, and the procedure that brings it into the body."""


def _facts() -> tuple[Column, ...]:
    """What tells whose event it is and what it is called."""
    return (
        text("subject", "subject code"),
        text("site", "site code", missing=True),
        text("event", "event code"),
        text("term", "coded term, else the verbatim one"),
    )


SERIOUS_VERSIONS = Table(
    "versions of serious events",
    "one version, known by the cut-off, of one event that is serious at the cut-off",
    (
        *_facts(),
        moment("known_from", "when this version became known"),
        moment("aware_at", "when the site learned of the event", missing=True),
        flag("serious", "reported as serious", missing=True),
        *(flag(criterion, f"criterion of seriousness: {criterion.replace('_', ' ')}", missing=True) for criterion in SERIOUSNESS),
        flag("fatal", "outcome fatal, or results in death"),
        *(text(f"{judge}_{head}", f"causality: {head}, by the {judge}", missing=True) for judge in JUDGES for head in SUSPECTS),
        text("expectedness", "expected or unexpected", missing=True),
    ),
)

REPORTING_CLOCKS = Table(
    "reporting clocks",
    "one clock of one serious event, or a serious event that has none; what is near stands first, then what is longer past",
    (
        *_facts(),
        text("criteria", "the criteria of seriousness that are met; empty where none is marked"),
        text("causes", "which causes are suspected, and by whom; empty where none is"),
        text("suspected", "yes, no, or not judged"),
        text("expectedness", "expected, unexpected, or not judged"),
        moment("aware_at", "when the site learned of the event", missing=True),
        moment("recorded_at", "when the event first stood in this record"),
        moment("serious_from", "from when it stood there as serious: taken for the sponsor's receipt"),
        text("prompt", "how the site's report stands to its hours, see trial.clocks.susar.PROMPT"),
        number("hours", "hours from the site's awareness to the receipt; missing where they say nothing", missing=True),
        text("clock", "7 days, 15 days, or none"),
        flag("kept", "an older clock, kept beside the one that a later upgrade began"),
        day("day_0", "local day of the receipt, or of the upgrade", missing=True),
        day("initial_by", "target of the initial report, the earlier of the two readings of FDA's text", missing=True),
        day("complete_by", "target of the complete report of a fatal or life-threatening case", missing=True),
        day("fda_by_text", "FDA's target counted from the day the case was judged to qualify; missing while it is not", missing=True),
        day("ended_on", "local day from which the case no longer qualifies", missing=True),
        text("standing", "ahead, passed, ended, or none"),
        day("target", "the target that the standing speaks of", missing=True),
        integer("days_left", "days from the cut-off to that target; negative when it has passed", missing=True),
    ),
)
