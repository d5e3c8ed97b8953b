"""The documents at the root of the repository, and what can be read out of them."""

import re
from functools import cache
from itertools import takewhile

from tests.contracts.sources import ROOT

NAMES = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "GLOSSARY.md", "CHANGELOG.md")
PATTERN_SIGNS = set("*<>{}$ ,()|=[]\"'#…")


@cache
def document(name: str) -> str:
    """The text of a document."""
    return (ROOT / name).read_text(encoding="utf-8")


def links(text: str) -> list[str]:
    """Targets of links and pictures that lie in the repository."""
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    return [target.partition("#")[0] for target in found if not target.startswith(("http", "#", "mailto"))]


def quoted(text: str) -> list[str]:
    """Everything in backticks on one line."""
    return re.findall(r"`([^`\n]+)`", text)


def paths(text: str) -> list[str]:
    """What is in backticks and can only be a path of the repository; NAME and N stand for any."""
    words = [word for word in quoted(text) if "/" in word and not set(word) & PATTERN_SIGNS and "..." not in word]
    return [word for word in words if not word.startswith(("/", "http", "..")) and "NAME" not in word and "." not in word.split("/")[0][:1]]


def blocks(text: str) -> list[str]:
    """Lines of the code blocks, comments cut off."""
    lines = [line for block in re.findall(r"```\w*\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    return [line.partition("  #")[0].strip() for line in lines if line.strip()]


def commands(text: str) -> list[str]:
    """Commands that a reader could type: in code blocks and in backticks."""
    found = [*blocks(text), *quoted(text)]
    return [line for line in found if line.startswith(("make ", "python -m ", "streamlit run"))]


def asked(line: str) -> tuple[str, ...]:
    """The module of a `python -m` command and its subcommands, if it names any."""
    words = line.split()
    return (words[2], *takewhile(re.compile(r"[a-z]+(-[a-z]+)*").fullmatch, words[3:5]))
