"""Site text is only ever text: the screen uses no element that renders markdown or HTML, but for the few that escape first."""

import ast
from fnmatch import fnmatch

import pytest

from tests.contracts.sources import Source, dotted, imports, program, read

RENDERERS = {"markdown", "write", "write_stream", "caption", "code", "latex", "echo", "json", "badge", "metric", "table", "help"}
RENDERERS |= {"error", "warning", "info", "success", "toast", "exception"}
HTML_DOORS = ("dashboard/parts/words.py", "dashboard/parts/frame.py", "dashboard/sidebar.py")
NOT_SHOWN = ("streamlit.delta_generator", "streamlit.runtime")
HOLDERS = {"st", "streamlit"}


def find_renderers(source: Source) -> list[str]:
    """Each use of an element that would render markdown or HTML, of Styler, and of plotly express."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and _renders(node, source.path):
            found.append((node.lineno, dotted(node)))
        elif isinstance(node, ast.keyword) and node.arg in {"unsafe_allow_html", "unsafe_allow_javascript"}:
            found.append((node.value.lineno, str(node.arg)))
    found += [(line, name) for line, name in imports(source.tree) if name.startswith(("plotly.express", "plotly.figure_factory"))]
    found += [(line, name) for line, name in imports(source.tree) if name.startswith("streamlit.") and not name.startswith(NOT_SHOWN)]
    return [f"{source.path}:{line}: {name}" for line, name in found]


def _renders(node: ast.Attribute, path: str) -> bool:
    """Whether an attribute is an element that renders, Styler, or HTML where it may not stand."""
    if node.attr in {"style", "to_html", "Styler"}:
        return True
    return _is_screen(node.value) and (node.attr in RENDERERS or (node.attr == "html" and path not in HTML_DOORS))


def _is_screen(node: ast.AST) -> bool:
    """Whether something is Streamlit itself or one of its containers, as far as names can tell."""
    name = dotted(node)
    return name.partition(".")[0] in HOLDERS or "column" in name or "container" in name or name in {"left", "right", "place", "tab", "card"}


def find_page_imports(source: Source) -> list[str]:
    """Imports that a page must not have: another page, SQL."""
    wrong = [
        (line, name)
        for line, name in imports(source.tree)
        if name.startswith(("dashboard.pages", "sqlalchemy", "sqlmodel", "sqlite3", "db.models", "db.history"))
    ]
    return [f"{source.path}:{line}: {name}" for line, name in wrong]


def find_chart_doings(source: Source) -> list[str]:
    """What a chart must not do: put itself on the screen, read the record."""
    wrong = [
        (line, name)
        for line, name in imports(source.tree)
        if name.startswith(("streamlit", "db", "sqlalchemy", "dashboard.pages", "dashboard.parts", "dashboard.view"))
    ]
    wrong += [(node.lineno, "st") for node in ast.walk(source.tree) if isinstance(node, ast.Name) and node.id in HOLDERS]
    return [f"{source.path}:{line}: {name}" for line, name in wrong]


def test_the_screen_renders_no_markdown_and_no_html():
    found = [place for source in program("dashboard") for place in find_renderers(source)]
    assert not found, "show words with dashboard.parts.words:\n" + "\n".join(found)


def test_the_entry_point_writes_only_fixed_html():
    [source] = program("app.py")
    bodies = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call) and fnmatch(dotted(node.func), "st.html")]
    assert all(isinstance(call.args[0], ast.Constant) for call in bodies)
    assert not [place for place in find_renderers(source) if not place.endswith("st.html")]


def test_pages_hold_no_sql_and_no_other_page():
    assert not [place for source in program("dashboard/pages") for place in find_page_imports(source)]


def test_charts_are_functions_of_tables():
    assert not [place for source in program("dashboard/charts") for place in find_chart_doings(source)]


@pytest.mark.parametrize(
    "line",
    [
        "st.markdown(x)",
        "st.sidebar.caption(x)",
        "column.write(x)",
        "st.error(str(error))",
        "st.html(x)",
        "frame.style.format(x)",
        "st.text(x, unsafe_allow_html=True)",
        "import plotly.express as px",
        "from plotly import express",
        "from streamlit import markdown",
    ],
)
def test_a_planted_renderer_is_seen(line):
    assert find_renderers(read("dashboard/pages/planted.py", line))


@pytest.mark.parametrize(
    "line", ["from dashboard.pages.today import render", "import sqlalchemy", "from sqlmodel import select", "import dashboard.pages.today"]
)
def test_a_planted_import_of_a_page_is_seen(line):
    assert find_page_imports(read("dashboard/pages/planted.py", line))


@pytest.mark.parametrize(
    "line", ["st.plotly_chart(x)", "import streamlit as st", "from db.engine import reading", "from dashboard.parts.words import show_note"]
)
def test_a_planted_doing_of_a_chart_is_seen(line):
    assert find_chart_doings(read("dashboard/charts/planted.py", line))
