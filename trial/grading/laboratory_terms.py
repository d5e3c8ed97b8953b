"""The CTCAE terms under which a clinician reports what a laboratory value shows, by analyte and side; terms of v5.0 and v6.0 together."""

from collections.abc import Mapping

from trial.grading.laboratory import ALIASES, Side

TERMS: Mapping[tuple[str, Side], tuple[str, ...]] = {
    ("ALT", "high"): ("Alanine aminotransferase increased",),
    ("AST", "high"): ("Aspartate aminotransferase increased",),
    ("ALP", "high"): ("Alkaline phosphatase increased",),
    ("GGT", "high"): ("GGT increased",),
    ("BILI", "high"): ("Blood bilirubin increased",),
    ("CREAT", "high"): ("Creatinine increased",),
    ("PLAT", "low"): ("Platelet count decreased", "Thrombocytopenia"),
    ("NEUT", "low"): ("Neutrophil count decreased",),
    ("LYMPH", "low"): ("Lymphocyte count decreased",),
    ("WBC", "low"): ("White blood cell decreased",),
    ("HGB", "low"): ("Anemia",),
    ("K", "high"): ("Hyperkalemia",),
    ("K", "low"): ("Hypokalemia",),
    ("NA", "high"): ("Hypernatremia",),
    ("NA", "low"): ("Hyponatremia",),
    ("MG", "high"): ("Hypermagnesemia",),
    ("MG", "low"): ("Hypomagnesemia",),
    ("CA", "high"): ("Hypercalcemia",),
    ("CA", "low"): ("Hypocalcemia",),
    ("ALB", "low"): ("Hypoalbuminemia",),
    ("GLUC", "low"): ("Hypoglycemia",),
}
"""One entry for each analyte and side with a rule in trial.grading.laboratory."""
ALL_TERMS = tuple(term for terms in TERMS.values() for term in terms)


def name_analyte(test: str) -> str:
    """Return the analyte that a test code stands for: its own code in capitals where no other name is known."""
    code = test.strip().upper()
    return ALIASES.get(code, code)


def find_analyte(term: str) -> tuple[str, Side] | None:
    """Return the analyte and side that a term reports, whatever its capitals; None for a term that no value grades."""
    return _BY_TERM.get(term.casefold())


_BY_TERM = {term.casefold(): place for place, terms in TERMS.items() for term in terms}
