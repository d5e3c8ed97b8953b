"""Tables about the hours and days around a procedure."""

from trial.tables.schema import Table, day, flag, integer, moment, number, text

PROCEDURES = Table(
    "procedures",
    "one procedure of one subject, newest first",
    (
        text("subject", "subject code"),
        integer("cohort", "number of the actual cohort", missing=True),
        text("site", "site code", missing=True),
        text("time_zone", "IANA zone of the site", missing=True),
        text("procedure", "procedure code"),
        text("type", "kind of procedure"),
        day("performed_on", "local day", missing=True),
        text("anaesthesia", "kind of anaesthesia", missing=True),
        moment("anaesthesia_at", "start of anaesthesia", missing=True),
        moment("incision_at", "skin incision", missing=True),
        moment("first_cell_at", "first cell delivered", missing=True),
        moment("last_cell_at", "last cell delivered", missing=True),
        moment("closure_at", "skin closure", missing=True),
        number("blood_loss_ml", "blood loss in millilitres", missing=True),
        text("neuromonitoring", "neuromonitoring used", missing=True),
        flag("alert", "neuromonitoring gave an alert", missing=True),
        number("delivered", "amount delivered", missing=True),
        text("unit", "unit of that amount", missing=True),
        text("deviation", "deviation from the planned administration", missing=True),
    ),
)

PROCEDURE_FACTS = Table(
    "procedure facts",
    "one procedure of one subject with its times",
    (
        text("subject", "subject code"),
        integer("cohort", "number of the actual cohort", missing=True),
        text("procedure", "procedure code"),
        text("type", "kind of procedure"),
        day("performed_on", "local day", missing=True),
        text("incision", "local time of incision", missing=True),
        text("closure", "local time of closure", missing=True),
        text("time_zone", "IANA zone of the local times", missing=True),
        number("anaesthesia_minutes", "from start of anaesthesia to closure, in minutes", missing=True),
        number("operation_minutes", "from incision to closure, in minutes", missing=True),
        number("before_cells_minutes", "from incision to the first cell, in minutes", missing=True),
        number("injection_minutes", "from first to last cell, in minutes", missing=True),
        number("blood_loss_ml", "blood loss in millilitres", missing=True),
        text("neuromonitoring", "neuromonitoring used", missing=True),
        flag("alert", "neuromonitoring gave an alert", missing=True),
        text("deviation", "deviation from the planned administration", missing=True),
    ),
)

PHASE_TOTALS = Table(
    "phases",
    "one perioperative phase",
    (
        text("phase", "code of the phase"),
        integer("operated", "subjects with a procedure"),
        integer("complete", "of these, subjects observed to the end of the phase (an open phase: into it)"),
        integer("at_risk", "complete subjects, and others with an event in the phase"),
        integer("subjects", "subjects with an event in the phase"),
        integer("events", "events in the phase"),
        integer("product", "subjects with an event there that the product may have caused"),
        integer("procedure", "subjects with an event there that the procedure may have caused"),
        integer("concomitant", "subjects with an event there that protocol-required treatment may have caused"),
        integer("underlying", "subjects with an event there that the underlying disease may have caused"),
        integer("no_cause", "subjects with an event there that nobody attributes to any of these"),
    ),
)

PHASE_TERMS = Table(
    "terms by phase",
    "one term in one perioperative phase",
    (
        text("term", "coded term, else the verbatim one"),
        text("phase", "code of the phase"),
        integer("subjects", "subjects with such an event in the phase"),
        integer("events", "such events"),
        integer("at_risk", "subjects observed to the end of the phase, and others with such an event"),
        integer("grade", "worst grade", missing=True),
        text("severity", "worst severity, where no grade was given", missing=True),
        integer("serious", "subjects with a serious one"),
    ),
)

PHASE_EVENTS = Table(
    "events around procedures",
    "one event of a subject with a procedure, placed in a phase",
    (
        text("subject", "subject code"),
        text("procedure", "code of the nearest preceding procedure"),
        text("event", "event code"),
        text("term", "coded term, else the verbatim one"),
        integer("grade", "CTCAE grade", missing=True),
        text("severity", "severity as collected", missing=True),
        flag("serious", "reported as serious", missing=True),
        text("onset", "onset as collected", missing=True),
        text("phase", "code of the phase"),
        integer("days_after", "calendar days from the procedure to the onset", missing=True),
        number("hours_after_closure", "hours from closure to the onset", missing=True),
        number("hours_after_first_cell", "hours from the first cell to the onset", missing=True),
        flag("product", "investigator or sponsor see the product as a possible cause"),
        flag("procedure_caused", "investigator or sponsor see the procedure as a possible cause"),
        flag("concomitant", "investigator or sponsor see protocol-required treatment as a possible cause"),
        flag("underlying", "investigator or sponsor see the underlying disease as a possible cause"),
    ),
)
