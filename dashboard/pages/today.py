"""The today page."""

from dashboard.parts.frame import show_page
from dashboard.view import View


def render(view: View) -> None:
    """Show the page."""


if __name__ == "__main__":
    show_page("today", render)
