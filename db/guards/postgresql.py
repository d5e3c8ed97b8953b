"""The guards of PostgreSQL: the same promises as SQLite's, for whoever holds a connection.

An act of this program is told by settings of the transaction; a change by any other tool is recorded under the database user.
"""

from collections.abc import Iterator

from sqlalchemy import Connection
from sqlmodel.sql.sqltypes import UTCDateTime

from db.guards.guarded import CHAIN, ENTRY_COLUMNS, Guarded, guarded_tables

LOCK = 20261123
"""The advisory lock that every writer holds, so that the chain grows one act at a time."""

GENESIS = "0" * 64
SCHEMA = "firstwatch"
"""The schema that holds the functions of the guards."""


def make_guards() -> Iterator[str]:
    """Yield every statement that puts the guards up."""
    yield f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"
    yield _OWN_SCHEMA
    yield from (_SAID, _MOMENT, _WRITTEN, _NET, _seal(), _follow(), _NEVER)
    for act in ("UPDATE OR DELETE", "TRUNCATE"):
        yield _trigger(
            CHAIN, f"refuses_{act.split()[0].lower()}", f"BEFORE {act}", "never", each="STATEMENT" if act == "TRUNCATE" else "ROW"
        )
    yield _trigger(CHAIN, "follows", "BEFORE INSERT", "follow")
    for guarded in guarded_tables():
        yield from _guard_table(guarded)
        if guarded.history is not None:
            yield from _guard_history(guarded.history.name)


def drop_guards(connection: Connection) -> Iterator[str]:
    """Yield the statement that takes all guards down; their triggers go with their functions."""
    yield f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"


def missing_guards(connection: Connection) -> list[str]:
    """Return the names of triggers that do not stand, are switched off, or call another function than this program makes."""
    found = connection.exec_driver_sql(
        "SELECT t.tgname, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE t.tgname LIKE 'guard\\_%%' AND t.tgenabled IN ('O', 'A') AND c.relnamespace = current_schema()::regnamespace "
        "AND (p.proname = 'never' OR 'search_path=' || quote_ident(current_schema()) || ', pg_temp' = ANY (p.proconfig))"
    )
    standing = {str(name): str(source) for name, source in found}
    wanted: dict[str, str] = {}
    bodies: dict[str, str] = {}
    for statement in make_guards():
        if statement.startswith("CREATE FUNCTION"):
            bodies[statement.split("(", 1)[0].split()[-1]] = statement.split("$$")[1]
        elif statement.startswith("CREATE TRIGGER"):
            wanted[statement.split()[2]] = bodies[statement.split("EXECUTE FUNCTION ")[1].split("(")[0]]
    return [name for name, body in wanted.items() if standing.get(name) != body]


def _guard_table(guarded: Guarded) -> Iterator[str]:
    """Every change of a row leaves an audit entry, and its old version in the history."""
    name = guarded.name
    yield _function(f"check_{name}", "RETURNS trigger", _check_body(guarded))
    yield _trigger(name, "is_explained", "BEFORE INSERT OR UPDATE OR DELETE", f"check_{name}")
    yield _function(f"record_{name}", "RETURNS trigger", _record_body(guarded), definer=True)
    yield _trigger(name, "records", "AFTER INSERT OR UPDATE OR DELETE", f"record_{name}")
    yield _trigger(name, "refuses_truncate", "BEFORE TRUNCATE", "never", each="STATEMENT")


def _guard_history(name: str) -> Iterator[str]:
    """A version enters the history only with the audit entry that ended it, and stays."""
    table = name.removesuffix("_history")
    yield _function(f"follow_{name}", "RETURNS trigger", f"""
BEGIN
  IF NEW.change_number <> (SELECT coalesce(max(sequence), 0) FROM {CHAIN}) OR NOT EXISTS (
      SELECT 1 FROM {CHAIN} WHERE sequence = NEW.change_number AND table_name = '{table}' AND row_key = NEW.id
      AND change IN ('update', 'delete')) THEN
    RAISE EXCEPTION 'firstwatch: history is written by the guards alone';
  END IF;
  RETURN NEW;
END""")  # fmt: skip
    yield _trigger(name, "follows", "BEFORE INSERT", f"follow_{name}")
    yield from _never_changes(name)


def _never_changes(name: str) -> Iterator[str]:
    yield _trigger(name, "refuses_change", "BEFORE UPDATE OR DELETE", "never")
    yield _trigger(name, "refuses_truncate", "BEFORE TRUNCATE", "never", each="STATEMENT")


def _check_body(guarded: Guarded) -> str:
    """A correction has a reason, keeps its row's key and study, and is known later; where no moment is given, from now on."""
    known = guarded.history is not None
    fixed = ["id", *(["study_id"] if guarded.study == "study_id" else [])]
    changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in fixed)
    moment = """
    IF NEW.known_from = OLD.known_from THEN NEW.known_from := firstwatch.said_moment('known_from'); END IF;
    IF NEW.known_from <= OLD.known_from THEN
      RAISE EXCEPTION 'firstwatch: a correction must be known later than what it corrects';
    END IF;"""
    voided = """
    IF firstwatch.said_moment('known_from') <= OLD.known_from THEN
      RAISE EXCEPTION 'firstwatch: a correction must be known later than what it corrects';
    END IF;"""
    return f"""
BEGIN
  PERFORM pg_advisory_xact_lock({LOCK});
  IF TG_OP = 'INSERT' THEN RETURN NEW; END IF;
  IF trim(coalesce(firstwatch.said('reason'), '')) = '' THEN
    RAISE EXCEPTION 'firstwatch: a correction needs a reason'
      USING HINT = 'SET LOCAL firstwatch.reason = ''...'' in the same transaction';
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF {changed} THEN RAISE EXCEPTION 'firstwatch: a correction keeps the key and the study of its row'; END IF;{moment if known else ""}
    RETURN NEW;
  END IF;{voided if known else ""}
  RETURN OLD;
END"""


def _record_body(guarded: Guarded) -> str:
    """Append the entry of one change; move the old version into the history under its number."""
    known = guarded.history is not None
    study = "NULL" if guarded.study is None else f"this.{guarded.study}"
    moment = "CASE WHEN TG_OP = 'DELETE' THEN firstwatch.said_moment('known_from') ELSE this.known_from END" if known else ""
    keep = ""
    if guarded.history is not None:
        columns = ", ".join(f'"{name}"' for name in guarded.columns)
        old = ", ".join(f'OLD."{name}"' for name in guarded.columns)
        keep = f"""
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO {guarded.history.name} (change_number, {columns}, valid_to) VALUES (entry.sequence, {old}, entry.known_from);
  END IF;"""
    return f"""
DECLARE entry {CHAIN}%ROWTYPE; this {guarded.name}%ROWTYPE;
BEGIN
  IF TG_OP = 'DELETE' THEN this := OLD; ELSE this := NEW; END IF;
  SELECT sequence, hash INTO entry.sequence, entry.previous_hash FROM {CHAIN} ORDER BY sequence DESC LIMIT 1;
  entry.sequence := coalesce(entry.sequence, 0) + 1;
  entry.previous_hash := coalesce(entry.previous_hash, '{GENESIS}');
  entry.at := firstwatch.said_moment('at');
  entry.known_from := {moment or "firstwatch.said_moment('known_from')"};
  entry.actor := coalesce(firstwatch.said('actor'), session_user::text);
  entry.role := coalesce(firstwatch.said('role'), 'database user');
  entry.session := coalesce(firstwatch.said('session'), '');
  entry.act := coalesce(firstwatch.said('act'), 'outside this program');
  entry.study_id := {study};
  entry.change := lower(TG_OP);
  entry.table_name := '{guarded.name}';
  entry.row_key := this.id;
  IF TG_OP <> 'INSERT' THEN entry.before := json_strip_nulls(to_json(OLD))::text; END IF;
  IF TG_OP <> 'DELETE' THEN entry.after := json_strip_nulls(to_json(NEW))::text; END IF;
  entry.reason := firstwatch.said('reason');
  entry.hash := firstwatch.seal(entry);
  INSERT INTO {CHAIN} ({", ".join(f'"{name}"' for name in ENTRY_COLUMNS)})
    VALUES ({", ".join(f'entry."{name}"' for name in ENTRY_COLUMNS)});{keep}
  RETURN NULL;
END"""


def _seal() -> str:
    """The hash of an entry, as `db.guards.canonical.compute_hash` makes it."""
    moments = {column.name for column in guarded_tables()[0].table.metadata.tables[CHAIN].columns if isinstance(column.type, UTCDateTime)}
    fields = [
        f'firstwatch.net({SCHEMA}.moment(entry."{name}"))' if name in moments else f'firstwatch.net(entry."{name}"::text)'
        for name in ENTRY_COLUMNS[:-1]
    ]
    body = "\nBEGIN\n  RETURN encode(sha256(convert_to(" + " ||\n    ".join(fields) + ", 'UTF8')), 'hex');\nEND"
    return _function("seal", "RETURNS text", body, given=f"entry {CHAIN}")


def _follow() -> str:
    body = f"""
DECLARE head {CHAIN}%ROWTYPE;
BEGIN
  PERFORM pg_advisory_xact_lock({LOCK});
  SELECT * INTO head FROM {CHAIN} ORDER BY sequence DESC LIMIT 1;
  IF NEW.sequence <> coalesce(head.sequence, 0) + 1 OR NEW.previous_hash <> coalesce(head.hash, '{GENESIS}')
     OR NEW.hash <> firstwatch.seal(NEW) THEN
    RAISE EXCEPTION 'firstwatch: an audit entry must follow the head of the chain';
  END IF;
  RETURN NEW;
END"""
    return _function("follow", "RETURNS trigger", body)


def _function(name: str, returns: str, body: str, *, given: str = "", definer: bool = False) -> str:
    """A function that reads names from the schema it was made in, whatever the caller's search path says, and writes times in UTC."""
    rights = " SECURITY DEFINER" if definer else ""
    return (
        f"CREATE FUNCTION {SCHEMA}.{name}({given}) {returns} LANGUAGE plpgsql{rights} "
        f"SET timezone = 'UTC' SET search_path FROM CURRENT AS $${body}$$"
    )


def _trigger(table: str, name: str, event: str, function: str, *, each: str = "ROW") -> str:
    return f"CREATE TRIGGER guard_{table}_{name} {event} ON {table} FOR EACH {each} EXECUTE FUNCTION {SCHEMA}.{function}()"


_OWN_SCHEMA = "SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true)"
"""What the functions remember as their search path: temporary tables last, else anybody could put one of his own before the chain."""
_SAID = f"""CREATE FUNCTION {SCHEMA}.said(what text) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('firstwatch.' || what, true), '') $$"""
_MOMENT = f"""CREATE FUNCTION {SCHEMA}.said_moment(what text) RETURNS timestamptz LANGUAGE sql VOLATILE AS
$$ SELECT coalesce((firstwatch.said(what) || '+00')::timestamptz, clock_timestamp()) $$"""
_WRITTEN = f"""CREATE FUNCTION {SCHEMA}.moment(value timestamptz) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT to_char(value AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') $$"""
_NET = f"""CREATE FUNCTION {SCHEMA}.net(value text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN value IS NULL THEN '-,' ELSE octet_length(convert_to(value, 'UTF8')) || ':' || value || ',' END $$"""
_NEVER = f"""CREATE FUNCTION {SCHEMA}.never() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'firstwatch: % is refused on %: the record only grows', TG_OP, TG_TABLE_NAME; END$$"""
