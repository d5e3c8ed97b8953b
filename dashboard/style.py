"""The look: colours, marks and the figure template, in a light and a dark form.

Tokens: grades 1-5 are one hue that darkens (it survives greyscale) and each has its own mark; attribution, state and
grade never share a colour; every colour is doubled by a shape or a word.
"""

from dataclasses import dataclass
from unicodedata import east_asian_width

import plotly.graph_objects as go

GRADE_MARKS = {1: "circle", 2: "square", 3: "diamond", 4: "triangle-up", 5: "x"}
GRADE_SIGNS = {1: "●", 2: "■", 3: "◆", 4: "▲", 5: "✖"}
FONT = '"Source Sans", "Source Sans Pro", "Noto Sans SC", "Noto Sans CJK SC", sans-serif'


@dataclass(frozen=True)
class Palette:
    """The colours of one theme."""

    ink: str
    muted: str
    rule: str
    panel: str
    paper: str
    accent: str
    band: str
    lane: str
    grades: tuple[str, str, str, str, str]
    ungraded: str
    heads: dict[str, str]
    good: str
    caution: str
    stop: str
    calm: str

    def grade(self, grade: int | None) -> str:
        """Return the colour of a CTCAE grade; of an ungraded event for None."""
        return self.ungraded if grade is None else self.grades[grade - 1]


_HEADS = {"product": "#2E6FBB", "procedure": "#7A5BA6", "concomitant": "#6F8F2F", "underlying": "#8A97A3"}
_GRADES = ("#F7DCC8", "#F0B48E", "#DE8257", "#B94C2C", "#6E1A17")

LIGHT = Palette(
    ink="#1B2733",
    muted="#5B6B7A",
    rule="#DCE3E8",
    panel="#F5F7F9",
    paper="#FFFFFF",
    accent="#0F6E84",
    band="#E3EFF2",
    lane="#9DB0BC",
    grades=_GRADES,
    ungraded="#FFFFFF",
    heads=_HEADS,
    good="#DDEFE5",
    caution="#F6EFD9",
    stop="#F6DCD5",
    calm="#EEF2F5",
)
DARK = Palette(
    ink="#E6ECF0",
    muted="#9BABB8",
    rule="#2C3A45",
    panel="#18222B",
    paper="#10171D",
    accent="#4FB3C8",
    band="#1C333B",
    lane="#5D7382",
    grades=_GRADES,
    ungraded="#10171D",
    heads={"product": "#6AA5E6", "procedure": "#B095D8", "concomitant": "#A5C465", "underlying": "#A9B5BF"},
    good="#1E3D30",
    caution="#43391B",
    stop="#4A2620",
    calm="#1F2A33",
)


def palette(*, dark: bool) -> Palette:
    """Return the colours of the light or the dark theme."""
    return DARK if dark else LIGHT


def new_figure(colours: Palette, *, height: int, left: int = 10, right: int = 10, top: int = 10, bottom: int = 40) -> go.Figure:
    """Return an empty figure in the house style: thin rules, no decoration, transparent ground; sizes in pixels."""
    axis = {
        "gridcolor": colours.rule,
        "linecolor": colours.rule,
        "zeroline": False,
        "ticks": "",
        "title": {"font": {"color": colours.muted, "size": 12}, "standoff": 8},
        "tickfont": {"color": colours.ink, "size": 12},
        "automargin": True,
    }
    layout = go.Layout(
        height=height,
        margin={"l": left, "r": right, "t": top, "b": bottom},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "color": colours.ink, "size": 12},
        xaxis=axis,
        yaxis={**axis, "showgrid": False},
        showlegend=False,
        hoverlabel={"bgcolor": colours.panel, "bordercolor": colours.rule, "font": {"color": colours.ink, "family": FONT}, "align": "left"},
        hovermode="closest",
        dragmode=False,
    )
    return go.Figure(layout=layout)


def plain(text: object, *, longest: int = 60) -> str:
    """Return site text safe for a figure: its pseudo-HTML signs inert, control and direction marks out, cut to ``longest``."""
    value = "".join(sign if sign.isprintable() and sign not in _DIRECTION_MARKS else " " for sign in str(text))
    value = value if len(value) <= longest else value[: longest - 1] + "…"
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def width_of(text: str) -> int:
    """Return how wide a text is, in Latin signs; a Chinese sign, or another wide one, counts two."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


_DIRECTION_MARKS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

PLOT_CONFIG = {"displayModeBar": False, "responsive": True, "scrollZoom": False}
"""What `st.plotly_chart` is given: no floating tool bar over the picture."""
