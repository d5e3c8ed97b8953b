"""The source of the program as syntax trees, for the laws that are held by reading it."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("trial", "db", "synthetic", "dashboard")


@dataclass(frozen=True)
class Source:
    """One file: its path relative to the repository, its text and its tree."""

    path: str
    text: str
    tree: ast.Module


def read(path: str, text: str) -> Source:
    """A source from text, for planted violations too."""
    return Source(path, text, ast.parse(text))


@cache
def program(*places: str) -> tuple[Source, ...]:
    """Every file of the program in ``places`` (packages, folders or files); of all packages and app.py where none is named."""
    found: list[Path] = []
    for place in places or (*PACKAGES, "app.py"):
        path = ROOT / place
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    paths = [path.relative_to(ROOT).as_posix() for path in found]
    return tuple(read(path, (ROOT / path).read_text(encoding="utf-8")) for path in paths if not path.startswith("db/migrations/versions/"))


def dotted(node: ast.AST) -> str:
    """``a.b.c`` for nested attributes of a name; the part that can be read for anything else."""
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return node.id if isinstance(node, ast.Name) else ""


def calls(tree: ast.AST, name: str) -> list[ast.Call]:
    """Calls of ``name``, as a plain name or as an attribute of anything."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == name]


def docstrings(tree: ast.Module) -> set[int]:
    """Identities of the constants that are docstrings, the ones below an assignment included."""
    found = set()
    for node in ast.walk(tree):
        for part in getattr(node, "body", []) if isinstance(getattr(node, "body", None), list) else []:
            if isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) and isinstance(part.value.value, str):
                found.add(id(part.value))
    return found


def strings(source: Source) -> list[tuple[int, str]]:
    """Every string literal with its line, docstrings left out."""
    spoken = docstrings(source.tree)
    constants = (node for node in ast.walk(source.tree) if isinstance(node, ast.Constant) and id(node) not in spoken)
    return [(node.lineno, node.value) for node in constants if isinstance(node.value, str)]


def imports(tree: ast.AST) -> list[tuple[int, str]]:
    """Every imported module, and every imported name as ``module.name``, with its line."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found
