"""The budget of the house: short files and functions, everything public typed and documented, names that say something."""

import ast
from pathlib import PurePosixPath

import pytest

from tests.contracts.sources import Source, program, read

LONGEST_FILE = 300
LONGEST_FUNCTION = 40
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "tools"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def find_breaches(source: Source) -> list[str]:
    """Each breach of the budget, as path:line and what is wrong."""
    breaches = _of_file(source)
    for node in ast.walk(source.tree):
        if isinstance(node, Function) and (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION:
            breaches.append((node.lineno, f"{node.name} has {length} lines"))
    for node in _public(source.tree):
        breaches += [(node.lineno, f"{node.name} has no docstring")] if ast.get_docstring(node) is None else []
        if isinstance(node, Function):
            breaches += [(node.lineno, f"{node.name} does not type {name}") for name in _untyped(node)]
    return [f"{source.path}:{line}: {what}" for line, what in breaches]


def _of_file(source: Source) -> list[tuple[int, str]]:
    lines = source.text.count("\n")
    breaches = [(lines, f"the file has {lines} lines")] if lines > LONGEST_FILE else []
    breaches += [] if ast.get_docstring(source.tree) else [(1, "the file has no docstring")]
    empty = EMPTY_NAMES & set(PurePosixPath(source.path).with_suffix("").parts)
    return breaches + [(1, f"{name} is no name for a module") for name in empty]


def _public(tree: ast.Module) -> list[Function | ast.ClassDef]:
    """Public functions and classes of the module, and public methods of its public classes."""
    top = [node for node in tree.body if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_")]
    classes = [node for node in top if isinstance(node, ast.ClassDef)]
    inside = [part for node in classes for part in node.body if isinstance(part, Function) and not part.name.startswith("_")]
    return top + [part for part in inside if not _overloads(part)]


def _overloads(function: Function) -> bool:
    return any(isinstance(mark, ast.Name) and mark.id in {"overload", "override"} for mark in function.decorator_list)


def _untyped(function: Function) -> list[str]:
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs, *(arg for arg in (given.vararg, given.kwarg) if arg)]
    missing = [arg.arg for arg in named if arg.annotation is None and arg.arg not in ("self", "cls")]
    return missing + ([] if function.returns else ["what it returns"])


def test_every_file_keeps_to_the_budget():
    breaches = [breach for source in program() for breach in find_breaches(source)]
    assert not breaches, "\n".join(breaches)


@pytest.mark.parametrize(
    ("text", "breach"),
    [
        ('"""Doc."""\n' * 301, "lines"),
        ("x = 1\n", "no docstring"),
        ('"""Doc."""\ndef f() -> None:\n    """Doc."""\n' + "    x = 1\n" * 40, "has 42 lines"),
        ('"""Doc."""\ndef f() -> None:\n    pass\n', "f has no docstring"),
        ('"""Doc."""\ndef f(x) -> None:\n    """Doc."""\n', "does not type x"),
        ('"""Doc."""\ndef f(x: int):\n    """Doc."""\n', "does not type what it returns"),
        ('"""Doc."""\nclass C:\n    """Doc."""\n    def m(self, *rest) -> None:\n        """Doc."""\n', "does not type rest"),
    ],
)
def test_a_planted_breach_is_seen(text, breach):
    assert any(breach in found for found in find_breaches(read("trial/planted.py", text)))


def test_a_planted_empty_name_is_seen():
    assert find_breaches(read("trial/utils.py", '"""Doc."""\n'))
