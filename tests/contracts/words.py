"""The words of the program: every template that reaches a reader, and what each language says for it."""

import ast
import string
import tomllib
from functools import cache

from dashboard.register import PAGES
from db.history import KNOWN_MODELS
from tests.contracts.sources import ROOT, Source, calls, program, strings
from trial.roles import ROLES

CATALOGUES = ROOT / "dashboard" / "catalogue"
SPEAKERS = {"say": ("dashboard", "app.py"), "Sentence": ("trial", "db", "dashboard")}
"""What makes words, and where."""


def templates(source: Source, speaker: str) -> list[tuple[int, str]]:
    """Each literal template that ``speaker`` is called with: both of an either-or, every one of a table it is looked up in."""
    tables = _tables(source)
    return [(call.lineno, text) for call in calls(source.tree, speaker) if call.args for text in _worded(call.args[0], tables)]


def _worded(node: ast.AST, tables: dict[str, list[ast.expr]]) -> list[str]:
    """The literals that an expression can become."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.IfExp):
        return _worded(node.body, tables) + _worded(node.orelse, tables)
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Dict):
        return [text for value in node.value.values for text in _worded(value, tables)]
    name = node.value if isinstance(node, ast.Subscript) else node
    return [text for value in tables.get(getattr(name, "id", ""), []) for text in _worded(value, {})]


def _tables(source: Source) -> dict[str, list[ast.expr]]:
    """What each name of the file is set to, a table or a tuple taken apart into its values."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            names = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in names:
                found.setdefault(getattr(name, "id", ""), []).extend(_values(node.value))
    return found


def _values(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.Dict):
        return list(node.values)
    return list(node.elts) if isinstance(node, ast.Tuple | ast.List) else [node]


def composed(source: Source, speaker: str) -> list[str]:
    """Calls whose template is put together at run time, so that no catalogue can hold it."""
    wrong = (ast.JoinedStr, ast.BinOp)
    return [f"{source.path}:{call.lineno}" for call in calls(source.tree, speaker) if call.args and isinstance(call.args[0], wrong)]


@cache
def spoken() -> dict[str, str]:
    """Every template that needs a translation, with the place that speaks it."""
    found = {word: "dashboard/register.py" for entry in PAGES for word in (entry.section, entry.title, entry.question)}
    found |= dict.fromkeys(ROLES, "trial/roles.py")
    for speaker, places in SPEAKERS.items():
        for source in program(*places):
            found |= {template: f"{source.path}:{line}" for line, template in templates(source, speaker)}
    return {template: place for template, place in found.items() if any(sign.isalpha() for sign in fixed(template))}


@cache
def literals() -> frozenset[str]:
    """Every word of ours, whichever way it reaches a reader: string literals, f-strings as templates, tables of the record by name."""
    tables = {str(model.__tablename__).replace("_", " ") for model in KNOWN_MODELS}
    formatted = {text for source in program() for node in ast.walk(source.tree) for text in formats(node)}
    return frozenset(tables | formatted | {text for source in program() for _, text in strings(source)})


def formats(node: ast.AST) -> list[str]:
    """An f-string as a template: each place named for its value, numbered where a name comes again; both of an either-or."""
    if not isinstance(node, ast.JoinedStr):
        return []
    found, names = [""], list[str]()
    for part in node.values:
        if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.IfExp):
            found = [text + word for text in found for word in _worded(part.value, {})]
        elif isinstance(part, ast.FormattedValue):
            names.append(_name(part.value))
            again = f"_{names.count(names[-1])}" if names.count(names[-1]) > 1 else ""
            found = [f"{text}{{{names[-1]}{again}}}" for text in found]
        else:
            found = [text + str(getattr(part, "value", "")) for text in found]
    return found


def _name(value: ast.expr) -> str:
    """What a value in an f-string is called: its last name, the text it is looked up by, or its first argument."""
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str() as name)):
            return name
        case ast.Subscript(value=inner) | ast.BinOp(left=inner) | ast.Call(args=[inner, *_]) | ast.Call(func=inner):
            return _name(inner)
        case ast.BoolOp(values=[inner, *_]) | ast.GeneratorExp(elt=inner):
            return _name(inner)
    return "other"


@cache
def literals_of(*packages: str) -> frozenset[str]:
    """Every string literal of some packages: what a page looks up and is among them is a word of ours, not a site's."""
    return frozenset(text for source in program(*packages) for _, text in strings(source))


def catalogue(language: str) -> dict[str, str]:
    """The translations of one language; raises ValueError naming templates that two files translate differently."""
    found: dict[str, str] = {}
    for path in sorted(CATALOGUES.glob(f"{language}*.toml")):
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
        twice = [template for template in entries if found.get(template, entries[template]) != entries[template]]
        if twice:
            raise ValueError(f"{path.name} translates again, in other words: {twice}")
        found |= entries
    return found


def places(template: str) -> set[str]:
    """The placeholders of a template with their formats."""
    return {f"{name}:{spec}" for _, name, spec, _ in string.Formatter().parse(template) if name is not None}


def fixed(template: str) -> str:
    """The words of a template without its placeholders."""
    try:
        return "".join(text for text, _, _, _ in string.Formatter().parse(template))
    except ValueError:  # a text with a lonely brace is no template
        return template
