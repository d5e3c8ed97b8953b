"""When two terms are the same however they are written: protocols, sites and dictionaries differ in capitals and spaces."""


def fold_term(term: str) -> str:
    """Return the form in which terms are compared: case folded (Unicode, any language), single spaces."""
    return " ".join(term.split()).casefold()
