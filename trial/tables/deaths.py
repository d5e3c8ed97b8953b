"""The table of deaths that no fatal event accounts for."""

from trial.tables.schema import Table, day, flag, integer, text

UNREPORTED_DEATHS = Table(
    "unreported deaths",
    "one dosed subject who died after the first dose without a fatal treatment-emergent event",
    (
        text("subject", "subject code"),
        integer("cohort", "number of the actual cohort", missing=True),
        day("died_on", "day of death; missing where only the status says that the subject died", missing=True),
        day("first_dose_on", "local day of the first administration"),
        flag("on_record", "there is a fatal event, but it began before the treatment"),
    ),
)
