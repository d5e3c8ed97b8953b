"""`known(Model, as_of, study_id)` is the only way from a query to a clinical table."""

import ast

import pytest

from db.history import KNOWN_MODELS
from tests.contracts.sources import Source, dotted, imports, program, read

CLINICAL = {model.__name__ for model in KNOWN_MODELS}
DOORS = {"known", "known_facts", "known_halves", "versions"}
"""All take the cut-off: what was known, what is picked of it, and every version of it that was."""
EXCEPTIONS = {("db/queries/studies.py", "ProtocolVersion"), ("db/queries/accounts.py", "Site")}
"""The first protocol version stands in before it was known, so that an early cut-off still shows an (empty) trial.
Who may come in is a fact of the record: the list of accounts names sites as they are called now."""
FORBIDDEN = {"HISTORY", "insert_versions", "text", "metadata", "__table__", "exec_driver_sql"}
SESSION_READS = {"get", "exec", "query", "scalars", "get_one"}


def find_other_doors(source: Source) -> list[str]:
    """Each use of a clinical model that does not go through the door, as path:line and the name."""
    tree = source.tree
    through = {id(call.args[0]) for call in ast.walk(tree) if isinstance(call, ast.Call) and dotted(call.func) in DOORS and call.args}
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in CLINICAL and id(node) not in through:
            found += [] if (source.path, node.id) in EXCEPTIONS else [(node.lineno, node.id)]
        elif isinstance(node, ast.Attribute) and node.attr in {"metadata", "__table__", "exec_driver_sql"}:
            found.append((node.lineno, node.attr))
        elif isinstance(node, ast.Attribute) and dotted(node.value) == "session" and node.attr in SESSION_READS:
            found.append((node.lineno, f"session.{node.attr}"))
    found += [(line, name) for line, name in imports(tree) if name.rpartition(".")[2] in FORBIDDEN and name.startswith(("db.", "sql"))]
    return [f"{source.path}:{line}: {name}" for line, name in found]


def test_queries_reach_clinical_tables_only_as_known_at_the_cut_off():
    found = [place for source in program("db/queries") for place in find_other_doors(source)]
    assert not found, "read through known(Model, as_of, study_id):\n" + "\n".join(found)


def test_every_exception_is_still_needed():
    for path, model in EXCEPTIONS:
        [source] = program(path)
        assert any(isinstance(node, ast.Name) and node.id == model for node in ast.walk(source.tree))


@pytest.mark.parametrize(
    "line",
    [
        "from db.models import AdverseEvent\nx = select(AdverseEvent)",
        "from db.models import AdverseEvent\nx = table_of(AdverseEvent)",
        "from db.models import Subject\nx = session.get(Subject, 1)",
        "x = session.exec(statement)",
        "from db.history import HISTORY",
        "from sqlalchemy import text\nx = text('select 1')",
        "x = SQLModel.metadata.tables['subject']",
    ],
)
def test_a_planted_other_door_is_seen(line):
    assert find_other_doors(read("db/queries/planted.py", line))


def test_the_door_itself_is_no_violation():
    assert not find_other_doors(read("db/queries/planted.py", "from db.models import Subject\nx = known(Subject, as_of, 1)"))
