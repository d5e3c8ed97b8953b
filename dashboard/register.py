"""The pages, in the order of the menu: section, file, title and the question each answers."""

from dataclasses import dataclass
from pathlib import Path

from trial.roles import may_see

PAGES_FOLDER = Path(__file__).parent / "pages"


@dataclass(frozen=True)
class PageEntry:
    """One page of the menu; ``name`` is its file under dashboard/pages and its address."""

    section: str
    name: str
    title: str
    question: str

    @property
    def path(self) -> str:
        """The file as `st.Page` and `st.switch_page` want it, relative to app.py."""
        return f"dashboard/pages/{self.name}.py"


PAGES = (
    PageEntry("Conduct", "today", "Today", "Who may be dosed next, from when, and what blocks it?"),
    PageEntry("Conduct", "enrolment", "Enrolment", "Are we enrolling to plan, where do we lose people, when will we finish?"),
    PageEntry("Conduct", "cohorts", "Cohorts", "Where does each cohort and each subject stand?"),
    PageEntry("Conduct", "entry", "Entry", "What happened that the record does not know yet?"),
    PageEntry("Safety", "adverse_events", "Adverse events", "What happened, to whom, how bad, and caused by what?"),
    PageEntry("Safety", "perioperative", "Perioperative", "What happened in the hours and days around surgery?"),
    PageEntry("Safety", "signals", "Signals", "Is anything drifting towards harm or a stopping rule?"),
    PageEntry("Safety", "neurology", "Neurology", "Is anybody losing function, against the own baseline?"),
    PageEntry("Safety", "laboratory", "Laboratory", "Do the organs bear it: liver, kidney, blood, and the drugs that must be given?"),
    PageEntry("Safety", "subject", "Subject", "What is this person's whole story on one page?"),
    PageEntry("Decisions", "escalation", "Escalation", "What does the rule say on today's data, why, and what could come next?"),
    PageEntry("Decisions", "simulation", "Simulation", "How would this design behave if the truth were ...?"),
    PageEntry("Data", "data", "Data", "What came in, and what is wrong with it?"),
    PageEntry("Data", "audit", "Audit", "Who changed what, when and why?"),
)


def first_page(role: str) -> str:
    """Return the name of the page that a role opens with: the first of the menu that it may see."""
    return next((entry.name for entry in PAGES if may_see(role, entry.name)), PAGES[0].name)


def entry_of(name: str) -> PageEntry:
    """Return the entry of a page by its file name; raise KeyError for an unknown one."""
    for entry in PAGES:
        if entry.name == name:
            return entry
    raise KeyError(name)
