"""Tables of the summary of a study: who, how many, with what, and what became of them."""

from trial.tables.schema import Table, integer, text

STUDY_COUNTS = Table(
    "study counts",
    "the study",
    (
        integer("subjects", "subjects, screened or further"),
        integer("screen_failures", "subjects who failed screening"),
        integer("treated", "subjects with at least one dose"),
        integer("completed", "subjects whose disposition is COMPLETED"),
        integer("deaths", "subjects who died"),
        integer("adverse_events", "adverse events of all subjects"),
        integer("treatment_emergent", "of these, treatment-emergent"),
    ),
)

COHORT_COUNTS = Table(
    "cohort counts",
    "one cohort; subjects planned for it, with at least one treatment-emergent event of each sort",
    (
        text("cohort", "name of the cohort"),
        integer("planned", "treated subjects who were planned for it"),
        integer("actual", "treated subjects who were treated in it"),
        integer("any_teae", "subjects with any treatment-emergent event"),
        integer("serious", "subjects with one reported as serious"),
        integer("serious_any_criterion", "subjects with one reported as serious or meeting any seriousness criterion"),
        integer("related", "subjects with one that may have been caused by product or procedure"),
        integer("severe", "subjects with one of grade 3 or above, or severe"),
        integer("fatal", "subjects with a fatal one"),
    ),
)

TERM_COUNTS = Table(
    "term counts",
    "one term in one cohort in which it occurred",
    (
        text("term", "coded term, else the verbatim one"),
        text("cohort", "name of the planned cohort"),
        integer("subjects", "subjects with at least one such treatment-emergent event"),
    ),
)

DISPOSITION_COUNTS = Table(
    "disposition counts",
    "one reason for which the study ended",
    (text("reason", "COMPLETED, or why not"), integer("subjects", "subjects")),
)
