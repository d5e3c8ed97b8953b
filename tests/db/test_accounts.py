"""Accounts and roles: what is recorded, what is refused, and the command line that does it."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from db.audit import Actor
from db.commandline.run import run
from db.commands.accounts import add_account, disable_account, enable_account, grant_role, withdraw_role
from db.engine import open_engine, reading
from db.history import table_of
from db.models import AuditEntry, Site, Study
from db.queries.accounts import accounts, acts_of_session, find_account, holds_real_study
from db.schema import upgrade
from db.verification import verify
from tests.acting import acting
from trial.errors import FaultyInput
from trial.grants import Grant
from trial.tables.access import ACCOUNTS

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
ADMINISTRATOR = Actor("the holder", "administrator", AT)
WHO = {"issuer": "https://id.example", "login": "4711", "name": "Chen Wei"}


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/accounts.db"


@pytest.fixture
def engine(url):
    engine = open_engine(url)
    upgrade(engine)
    with acting(engine) as session:
        run = session.connection().execute
        for key, kind in ((1, "synthetic"), (2, "synthetic")):
            run(table_of(Study).insert(), {"id": key, "code": f"S{key}", "title": "t", "kind": kind, "time_zone": "UTC"})
        run(table_of(Site).insert(), {"id": 7, "study_id": 1, "code": "GZ", "name": "n", "time_zone": "UTC", "known_from": AT})
    yield engine
    engine.dispose()


def found(engine):
    with reading(engine) as session:
        return find_account(session, WHO["issuer"], WHO["login"])


def entries(engine):
    table = table_of(AuditEntry)
    with reading(engine) as session:
        return session.connection().execute(select(table).order_by(table.c.sequence)).all()


def refusals(do, *arguments, **options):
    with pytest.raises(FaultyInput) as error:
        do(*arguments, **options)
    return [fault.where for fault in error.value.faults]


def test_an_account_with_its_roles(engine):
    key = add_account(engine, ADMINISTRATOR, **WHO, reason="joined the team")
    assert found(engine).grants == ()
    grant_role(engine, ADMINISTRATOR, account=key, role="safety officer", reason="asked by the sponsor")
    grant_role(engine, ADMINISTRATOR, account=key, role="investigator", study="S1", site="GZ", reason="delegation log")
    assert found(engine).grants == (Grant("safety officer"), Grant("investigator", 1, 7))
    withdraw_role(engine, ADMINISTRATOR, account=key, role="safety officer", reason="left the board")
    assert found(engine).grants == (Grant("investigator", 1, 7),)
    with reading(engine) as session:
        frame = accounts(session)
    assert not ACCOUNTS.check(frame)
    assert frame[["role", "study", "site"]].values.tolist() == [["investigator", "S1", "GZ"]]


def test_every_change_is_in_the_audit_chain_with_its_reason(engine):
    key = add_account(engine, ADMINISTRATOR, **WHO, reason="joined the team")
    disable_account(engine, ADMINISTRATOR, account=key, reason="lost the token")
    enable_account(engine, ADMINISTRATOR, account=key, reason="token found")
    said = [(entry.act, entry.change, entry.actor, entry.reason) for entry in entries(engine)[-3:]]
    assert said == [
        ("add account", "insert", "the holder", "joined the team"),
        ("disable account", "update", "the holder", "lost the token"),
        ("enable account", "update", "the holder", "token found"),
    ]
    assert not verify(engine).faults


def test_the_disabled_flag(engine):
    key = add_account(engine, ADMINISTRATOR, **WHO, reason="r")
    disable_account(engine, ADMINISTRATOR, account=key, reason="r")
    assert found(engine).disabled
    assert refusals(disable_account, engine, ADMINISTRATOR, account=key, reason="r") == ["account"]
    enable_account(engine, ADMINISTRATOR, account=key, reason="r")
    assert not found(engine).disabled
    assert refusals(enable_account, engine, ADMINISTRATOR, account=key, reason="r") == ["account"]


def test_only_an_administrator_may(engine):
    key = add_account(engine, ADMINISTRATOR, **WHO, reason="r")
    before = len(entries(engine))
    officer = Actor("o", "safety officer", AT)
    bound = Actor("b", "administrator", AT, studies=frozenset({1}))
    for actor in (officer, bound):
        assert refusals(add_account, engine, actor, issuer="i", login="l", name="n", reason="r") == ["manage accounts"]
        assert refusals(disable_account, engine, actor, account=key, reason="r") == ["manage accounts"]
        assert refusals(grant_role, engine, actor, account=key, role="viewer", reason="r") == ["manage accounts"]
        assert refusals(withdraw_role, engine, actor, account=key, role="viewer", study="S2", reason="r") == ["manage accounts"]
    grant_role(engine, bound, account=key, role="viewer", study="S1", reason="r")
    assert len(entries(engine)) == before + 1


def test_what_cannot_be_is_refused_with_every_fault(engine):
    assert refusals(add_account, engine, ADMINISTRATOR, issuer="", login=" ", name="x" * 501, reason="r") == ["issuer", "login", "name"]
    assert refusals(add_account, engine, ADMINISTRATOR, **WHO, reason="") == ["reason"]
    key = add_account(engine, ADMINISTRATOR, **WHO, reason="r")
    assert refusals(add_account, engine, ADMINISTRATOR, **WHO, reason="r") == ["account"]
    for wrong, where in (
        ({"role": "king"}, "role"),
        ({"role": "investigator", "study": "S1"}, "site"),
        ({"role": "viewer", "site": "GZ"}, "study"),
        ({"role": "viewer", "study": "none"}, "study"),
        ({"role": "investigator", "study": "S2", "site": "GZ"}, "site"),
    ):
        assert refusals(grant_role, engine, ADMINISTRATOR, account=key, reason="r", **wrong) == [where]
    assert refusals(grant_role, engine, ADMINISTRATOR, account=99, role="viewer", reason="r") == ["account"]
    grant_role(engine, ADMINISTRATOR, account=key, role="viewer", reason="r")
    assert refusals(grant_role, engine, ADMINISTRATOR, account=key, role="viewer", reason="r") == ["role"]
    assert refusals(withdraw_role, engine, ADMINISTRATOR, account=key, role="viewer", study="S1", reason="r") == ["role"]


def test_nobody_is_found_by_half_a_key(engine):
    add_account(engine, ADMINISTRATOR, **WHO, reason="r")
    with reading(engine) as session:
        assert find_account(session, "https://other.example", WHO["login"]) is None
        assert find_account(session, WHO["issuer"], "4712") is None
        assert acts_of_session(session, "s", ["sign in"]) == frozenset()


def test_whether_there_is_a_real_study(engine):
    with reading(engine) as session:
        assert not holds_real_study(session)
    with acting(engine) as session:
        study = {"id": 3, "code": "S3", "title": "t", "kind": "imported", "time_zone": "UTC"}
        session.connection().execute(table_of(Study).insert(), study)
    with reading(engine) as session:
        assert holds_real_study(session)


def test_the_command_line(engine, url, capsys):
    def call(*words):
        status = run(["account", *words[:1], "--database", url, *words[1:]], AT)
        said = capsys.readouterr()
        return status, said.out, said.err

    assert call("list") == (0, "", "")
    person = ("--issuer", WHO["issuer"], "--login", WHO["login"], "--name", WHO["name"])
    assert call("add", *person, "--reason", "first", "--actor", "holder", "--format", "json") == (0, '{"account": 1, "done": "add"}\n', "")
    assert call("grant", "--account", "1", "--role", "administrator", "--reason", "first")[0] == 0
    assert call("grant", "--account", "1", "--role", "investigator", "--study", "S1", "--site", "GZ", "--reason", "log")[0] == 0
    assert call("disable", "--account", "1", "--reason", "away")[1] == "Account 1: disabled.\n"
    rows = json.loads(call("list", "--format", "json")[1])
    assert [(row["role"], row["study"], row["site"], row["disabled"]) for row in rows] == [
        ("administrator", None, None, True),
        ("investigator", "S1", "GZ", True),
    ]
    assert "(disabled)" in call("list")[1]
    assert call("enable", "--account", "1", "--reason", "back")[0] == 0
    assert call("withdraw", "--account", "1", "--role", "administrator", "--reason", "handed over")[0] == 0
    status, out, err = call("withdraw", "--account", "1", "--role", "administrator", "--reason", "again")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert {entry.actor for entry in entries(engine)[3:4]} == {"holder"}
    assert {entry.role for entry in entries(engine)[3:]} == {"administrator"}
