"""The guarded record: a chain entry for each change, history under its number, accounts, reviews and comments.

Data of schema 0001 are taken over: its audit entries stand first, as acts, each with the hash it had; then every version of every row
enters the chain, oldest first, so that history and chain agree from the first day.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
import sqlmodel
from alembic import context, op

from db.guards.canonical import compute_hash, encode_row, write_moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KNOWN = (
    "protocol_version", "site", "dose_level", "cohort", "committee_decision", "subject", "eligibility_finding", "product_lot",
    "procedure", "administration", "adverse_event", "visit", "measurement", "medication", "medical_history", "disposition",
    "data_issue",
)  # fmt: skip
GUARDED = ("study", "import_batch", *KNOWN)
OLD = "_0001"
Moment = sqlmodel.sql.sqltypes.UTCDateTime
Text = sqlmodel.sql.sqltypes.AutoString
ROLES = ("coordinator", "investigator", "safety officer", "committee member", "data manager", "statistician", "viewer", "administrator")


def upgrade() -> None:
    """Bring a database to this schema."""
    _create_chain()
    for table in KNOWN:
        _renew_history(table)
    _create_access()
    _create_opinions()
    taken = TakeOver(op.get_bind())
    taken.acts()
    for table in GUARDED:
        taken.rows(table)
    for table in KNOWN:
        op.drop_table(f"{table}_history{OLD}")
    op.drop_table(f"audit_entry{OLD}")


def downgrade() -> None:
    """Records are kept: there is no way back."""
    raise NotImplementedError("restore a backup instead of downgrading")


def _create_chain() -> None:
    """The chain with a column for each thing an entry says; the old one is set aside."""
    op.rename_table("audit_entry", f"audit_entry{OLD}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE audit_entry{OLD} RENAME CONSTRAINT pk_audit_entry TO pk_audit_entry{OLD}")
    op.create_table(
        "audit_entry",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("known_from", Moment(), nullable=False),
        *(sa.Column(name, Text(), nullable=False) for name in ("actor", "role", "session", "act")),
        sa.Column("study_id", sa.Integer(), nullable=True),
        sa.Column("change", Text(), nullable=False),
        sa.Column("table_name", Text(), nullable=True),
        sa.Column("row_key", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("before", "after", "reason")),
        *(sa.Column(name, Text(), nullable=False) for name in ("previous_hash", "hash")),
        sa.CheckConstraint("change IN ('insert', 'update', 'delete', 'act')", name=op.f("ck_audit_entry_change_known")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_table_name_row_key"), "audit_entry", ["table_name", "row_key"])


def _renew_history(table: str) -> None:
    """Set a history table aside and create it anew, with the number of the change as its key."""
    bind, name = op.get_bind(), f"{table}_history"
    op.drop_index(f"ix_{name}_study_id_valid_to_known_from", table_name=name)
    op.rename_table(name, f"{name}{OLD}")
    if bind.dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {name}{OLD} RENAME CONSTRAINT pk_{name} TO pk_{name}{OLD}")
    columns = sa.inspect(bind).get_columns(f"{name}{OLD}")[1:-1]
    op.create_table(
        name,
        sa.Column("change_number", sa.Integer(), nullable=False, autoincrement=False),
        *(sa.Column(c["name"], c["type"], nullable=c["nullable"] and c["name"] != "id") for c in columns),
        sa.Column("valid_to", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("change_number", name=op.f(f"pk_{name}")),
    )
    _index_history(name, by_subject="subject_id" in {c["name"] for c in columns})


def _index_history(name: str, *, by_subject: bool) -> None:
    op.create_index(op.f(f"ix_{name}_study_id_valid_to_known_from"), name, ["study_id", "valid_to", "known_from"])
    op.create_index(op.f(f"ix_{name}_id"), name, ["id"])
    if by_subject:
        op.create_index(op.f(f"ix_{name}_study_id_subject_id"), name, ["study_id", "subject_id"])


def _create_access() -> None:
    allowed = ", ".join(f"'{role}'" for role in ROLES)
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, Text(), nullable=False) for name in ("issuer", "login", "name")),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("issuer", "login", name=op.f("uq_account_issuer_login")),
    )
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=True),
        sa.Column("role", Text(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(f"role IN ({allowed})", name=op.f("ck_role_grant_role_known")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_role_grant_account_id")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_role_grant_study_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_role_grant_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        sa.UniqueConstraint("account_id", "study_id", "role", "site_id", name=op.f("uq_role_grant_account_id_study_id_role_site_id")),
    )


def _create_opinions() -> None:
    review = [("event_id", sa.Integer(), False), ("event_known_from", Moment(), False), ("reviewer", Text(), False), ("role", Text(), False)]
    comment = [("subject_id", sa.Integer(), False), ("event_id", sa.Integer(), True), ("author", Text(), False), ("role", Text(), False)]
    _create_opinion("review", [*review, ("note", sa.Text(), True)], {"event_id": "adverse_event"})
    _create_opinion("comment", [*comment, ("text", sa.Text(), False)], {"subject_id": "subject", "event_id": "adverse_event"})


def _create_opinion(name: str, columns: list[tuple[str, Any, bool]], parents: dict[str, str]) -> None:
    first = next(iter(parents))
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("known_from", Moment(), nullable=False),
        *(sa.Column(column, kind, nullable=nullable) for column, kind, nullable in columns),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f(f"fk_{name}_study_id")),
        *(
            sa.ForeignKeyConstraint(["study_id", c], [f"{parent}.study_id", f"{parent}.id"], name=op.f(f"fk_{name}_study_id_{c}"))
            for c, parent in parents.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_study_id_{first}_known_from"), name, ["study_id", first, "known_from"])
    op.create_table(
        f"{name}_history",
        sa.Column("change_number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("known_from", Moment(), nullable=False),
        *(sa.Column(column, kind, nullable=nullable) for column, kind, nullable in columns),
        sa.Column("valid_to", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("change_number", name=op.f(f"pk_{name}_history")),
    )
    _index_history(f"{name}_history", by_subject="subject_id" in parents)


class TakeOver:
    """Writes the chain anew from what schema 0001 holds."""

    def __init__(self, bind: sa.Connection) -> None:
        self.bind = bind
        self.chain = sa.Table("audit_entry", sa.MetaData(), autoload_with=bind)
        self.number, self.hash = 0, "0" * 64
        last = bind.execute(sa.text(f"SELECT max(at) FROM audit_entry{OLD}")).scalar()
        at = context.config.attributes.get("at") or last or "1970-01-01 00:00:00.000000"
        self.at = _plain(at)

    def append(self, **said: Any) -> int:
        """Append one entry and return its number."""
        self.number += 1
        entry = {"sequence": self.number, "at": self.at, "known_from": self.at, "actor": "firstwatch", "role": "system", "session": ""}
        entry |= {"act": "take over from schema 0001", "study_id": None, "change": "act", "table_name": None, "row_key": None}
        entry |= {"before": None, "after": None, "reason": None, **said, "previous_hash": self.hash}
        self.hash = entry["hash"] = compute_hash(entry.values())
        names = ", ".join(f'"{name}"' for name in entry)
        self.bind.execute(sa.text(f"INSERT INTO audit_entry ({names}) VALUES ({', '.join(f':{name}' for name in entry)})"), _bound(self.bind, entry))
        return self.number

    def acts(self) -> None:
        """The entries of the old chain, each with the hash it had there."""
        for old in self.bind.execute(sa.text(f"SELECT * FROM audit_entry{OLD} ORDER BY sequence")).mappings().all():
            after = json.dumps({**json.loads(old["details"]), "hash_in_schema_0001": old["hash"]}, sort_keys=True, ensure_ascii=False)
            said = {name: old[name] for name in ("actor", "role", "act", "study_id", "reason")}
            self.append(at=_plain(old["at"]), known_from=_plain(old["at"]), after=after, **said)

    def rows(self, table: str) -> None:
        """Every version of every row of a table: its insertion, and each correction with the version that it ended."""
        for _, found in groupby(self._versions(table), key=lambda version: version["id"]):
            versions = list(found)
            before = None
            for version in versions:
                after = encode_row(list(version), version.values())
                study = version["id"] if table == "study" else version["study_id"]
                moment = version.get("known_from") or self.at
                change = self.append(
                    known_from=moment, study_id=study, change="update" if before else "insert", table_name=table, row_key=version["id"],
                    before=before and encode_row(list(before), before.values()), after=after,
                    reason="version known to schema 0001" if before else None,
                )  # fmt: skip
                if before:
                    self._keep(table, change, before, moment)
                before = version

    def _versions(self, table: str) -> Iterator[dict[str, Any]]:
        """The rows of a table with their earlier versions, by id, oldest first."""
        names = [column["name"] for column in sa.inspect(self.bind).get_columns(table)]
        columns = ", ".join(f'"{name}"' for name in names)
        statement = f"SELECT {columns} FROM {table}"
        if table in KNOWN:
            statement += f" UNION ALL SELECT {columns} FROM {table}_history{OLD} ORDER BY id, known_from"
        else:
            statement += " ORDER BY id"
        for row in self.bind.execute(sa.text(statement)).mappings().all():
            yield {name: _plain(row[name]) for name in names}

    def _keep(self, table: str, change: int, version: dict[str, Any], valid_to: str) -> None:
        row = {"change_number": change, **version, "valid_to": valid_to}
        names = ", ".join(f'"{name}"' for name in row)
        values = ", ".join(f":{name}" for name in row)
        self.bind.execute(sa.text(f"INSERT INTO {table}_history ({names}) VALUES ({values})"), _bound(self.bind, row))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return write_moment(value)
    return value.isoformat() if isinstance(value, date) else value


def _bound(bind: sa.Connection, row: dict[str, Any]) -> dict[str, Any]:
    """A row as the database takes it: PostgreSQL is told the zone of an instant."""
    if bind.dialect.name == "sqlite":
        return row
    moments = {"at", "known_from", "valid_to"} | {name for name in row if name.endswith("_at") or name == "event_known_from"}
    return {name: f"{value}+00" if name in moments and value is not None else value for name, value in row.items()}
