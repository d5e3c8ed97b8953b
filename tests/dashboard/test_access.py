"""The door without a browser: who comes in, when a session ends, what the record says of it, and the demonstration's flag."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from dashboard import access
from dashboard.access import DEMO_FLAG, DEMO_WORD, Door, Reader, Refusal, Watch
from dashboard.sessions import Sessions, read_ticket
from db.audit import Actor
from db.commands.accounts import add_account, disable_account, grant_role, withdraw_role
from db.engine import open_engine, reading
from db.history import table_of
from db.models import AuditEntry, Study
from db.schema import upgrade
from tests.acting import acting
from tests.contracts.screen import bodies
from tests.contracts.sources import ROOT
from trial.grants import Grant
from trial.roles import ROLES

BEGUN = datetime(2026, 3, 1, 8, tzinfo=UTC)
ADMINISTRATOR = Actor("the holder", "administrator", BEGUN)
CLAIMS = {"is_logged_in": True, "iss": "https://id.example", "sub": "4711", "iat": int(BEGUN.timestamp())}


class Clock:
    """The time of day, as the test says it."""

    def __init__(self) -> None:
        self.now = BEGUN

    def __call__(self) -> datetime:
        return self.now

    def go(self, **units: float) -> None:
        self.now += timedelta(**units)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """A server that has just started."""
    monkeypatch.setattr(access, "SESSIONS", Sessions())
    monkeypatch.delenv(DEMO_FLAG, raising=False)


@pytest.fixture
def engine(tmp_path):
    opened = open_engine(f"sqlite:///{tmp_path}/door.db")
    upgrade(opened)
    put_study(opened, 1, "synthetic")
    yield opened
    opened.dispose()


def put_study(engine, key, kind):
    row = {"id": key, "code": f"S{key}", "title": "t", "kind": kind, "time_zone": "UTC"}
    with acting(engine) as session:
        session.connection().execute(table_of(Study).insert(), row)


@pytest.fixture
def account(engine):
    key = add_account(engine, ADMINISTRATOR, issuer=CLAIMS["iss"], login=CLAIMS["sub"], name="Chen Wei", reason="r")
    grant_role(engine, ADMINISTRATOR, account=key, role="statistician", study="S1", reason="r")
    return key


def acts(engine):
    table = table_of(AuditEntry)
    with reading(engine) as session:
        rows = session.connection().execute(select(table).where(table.c.change == "act").order_by(table.c.sequence)).all()
    return [(row.actor, row.act, row.session) for row in rows]


def why(found):
    assert isinstance(found, Refusal)
    return found.why


def test_a_person_with_an_account_comes_in_and_it_is_recorded_once(engine, account, clock):
    door = Door(engine, CLAIMS, clock)
    reader = door.ask()
    assert isinstance(reader, Reader)
    assert (reader.name, reader.grants, reader.studies) == ("Chen Wei", (Grant("statistician", 1),), {1})
    assert (reader.roles(1), reader.roles(2)) == (("statistician",), ())
    assert (reader.sites("statistician", 1), reader.sites("statistician", 2)) == (None, frozenset())
    clock.go(minutes=14)
    assert door.ask() == reader
    assert acts(engine) == [("Chen Wei", "sign in", reader.session)]
    assert CLAIMS["sub"] not in reader.session


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"is_logged_in": False}, "sign in"),
        ({"sub": "4712"}, "unknown"),
        ({"iss": "https://other.example"}, "unknown"),
        ({"iat": None}, "claims"),
        ({"sub": ""}, "claims"),
        ({"iss": 5}, "claims"),
        ({"iat": int(BEGUN.timestamp()) + 3600}, "too early"),
        ({"iat": int(BEGUN.timestamp()) - 15 * 60}, "idle"),
        ({"auth_time": int(BEGUN.timestamp()) - 12 * 3600}, "too long"),
    ],
)
def test_who_does_not_come_in(engine, account, clock, change, reason):
    assert why(Door(engine, CLAIMS | change, clock).ask()) == reason
    assert "sign in" not in [act for _, act, _ in acts(engine)]


@pytest.mark.parametrize(("sub", "name"), [("4712", access.NOBODY), (CLAIMS["sub"], "Chen Wei")])
def test_whoever_is_refused_is_recorded_once_a_day(engine, account, clock, monkeypatch, sub, name):
    disable_account(engine, ADMINISTRATOR, account=account, reason="left")
    door = Door(engine, CLAIMS | {"sub": sub}, clock)
    for _ in range(3):
        door.ask()
    monkeypatch.setattr(access, "SESSIONS", Sessions())  # another server, or this one started anew
    door.ask()
    assert [(actor, act) for actor, act, _ in acts(engine)] == [(name, access.REFUSED)]
    assert sub not in acts(engine)[0][2]
    clock.go(days=1)
    door.ask()
    assert [act for _, act, _ in acts(engine)] == [access.REFUSED] * 2
    Door(engine, CLAIMS | {"sub": "9" * 5000}, clock).ask()
    assert len(acts(engine)) == 3


def test_a_session_ends_when_nothing_is_done(engine, account, clock):
    door = Door(engine, CLAIMS, clock)
    for _ in range(4):
        assert isinstance(door.ask(), Reader)
        clock.go(minutes=14)
    clock.go(minutes=1)
    assert why(door.ask()) == "idle"
    clock.go(seconds=1)
    assert why(door.ask()) == "idle"
    assert [act for _, act, _ in acts(engine)] == ["sign in", "session ended"]


def test_a_session_ends_after_half_a_day(engine, account, clock):
    door = Door(engine, CLAIMS, clock)
    while clock.now < BEGUN + timedelta(hours=12):
        assert isinstance(door.ask(), Reader)
        clock.go(minutes=10)
    assert why(door.ask()) == "too long"


def test_after_a_restart_an_older_session_signs_in_again(engine, account, clock, monkeypatch):
    door = Door(engine, CLAIMS, clock)
    door.ask()
    clock.go(minutes=10)
    monkeypatch.setattr(access, "SESSIONS", Sessions())
    assert isinstance(door.ask(), Reader)
    clock.go(minutes=10)
    monkeypatch.setattr(access, "SESSIONS", Sessions())
    assert why(door.ask()) == "idle"
    assert [act for _, act, _ in acts(engine)] == ["sign in", "session ended"]


def test_a_signed_out_session_is_over_at_every_server(engine, account, clock, monkeypatch):
    door = Door(engine, CLAIMS, clock)
    reader = door.ask()
    monkeypatch.setattr(access.st, "logout", lambda: None)
    access.leave(engine, reader.ticket, clock.now)
    assert why(door.ask()) == "ended"
    monkeypatch.setattr(access, "SESSIONS", Sessions())
    assert why(door.ask()) == "ended"
    access.leave(engine, reader.ticket, clock.now)
    assert [act for _, act, _ in acts(engine)] == ["sign in", "sign out"]


def test_grants_and_the_disabled_flag_hold_at_once(engine, account, clock):
    door = Door(engine, CLAIMS, clock)
    reader = door.ask()
    watch = Watch(door, reader, clock.now)
    assert watch()
    clock.go(seconds=2)
    assert watch()
    grant_role(engine, ADMINISTRATOR, account=account, role="viewer", study="S1", reason="r")
    assert not watch(), "whoever gains or loses a role sees the whole page anew"
    withdraw_role(engine, ADMINISTRATOR, account=account, role="viewer", study="S1", reason="r")
    withdraw_role(engine, ADMINISTRATOR, account=account, role="statistician", study="S1", reason="r")
    assert why(door.ask()) == "no grants"
    disable_account(engine, ADMINISTRATOR, account=account, reason="r")
    assert why(door.ask()) == "disabled"
    assert not watch()


def test_limits_are_shortened_by_the_environment_only(engine, account, clock, monkeypatch):
    monkeypatch.setenv(access.IDLE_VARIABLE, "60")
    monkeypatch.setenv(access.ABSOLUTE_VARIABLE, str(10**6))
    door = Door(engine, CLAIMS, clock)
    assert isinstance(door.ask(), Reader)
    clock.go(seconds=60)
    assert why(door.ask()) == "idle"


def test_the_demonstration_opens_made_up_studies_only(engine, clock, monkeypatch):
    door = Door(engine, None, clock)
    reader = door.ask()
    assert isinstance(reader, Reader)
    assert (reader.roles(1), reader.studies, reader.session) == (ROLES, None, "")
    for kind, key in (("live", 2), ("imported", 3)):
        put_study(engine, key, kind)
        assert why(door.ask()) == "demonstration"
    for word in ("", "1", "real-data", "REAL-DATA-TOO"):
        monkeypatch.setenv(DEMO_FLAG, word)
        assert why(door.ask()) == "demonstration"
    monkeypatch.setenv(DEMO_FLAG, DEMO_WORD)
    assert isinstance(door.ask(), Reader)
    assert acts(engine) == []


def test_a_ticket_needs_all_its_claims():
    def moment(seconds):
        return datetime.fromtimestamp(seconds, UTC)

    assert read_ticket(CLAIMS, moment).issued_at == BEGUN
    for claim in ("iss", "sub", "iat"):
        assert read_ticket({name: value for name, value in CLAIMS.items() if name != claim}, moment) is None


@pytest.fixture
def screen(engine, monkeypatch):
    """The whole app on this database."""
    monkeypatch.setenv("DATABASE_URL", str(engine.url))
    return AppTest.from_file(ROOT / "app.py", default_timeout=60)


def test_the_demonstration_refuses_real_data_on_the_screen(engine, screen):
    put_study(engine, 2, "imported")
    screen.run()
    said = " ".join(bodies(screen))
    assert "nobody signs in here: nothing of it is shown." in said
    assert f"{DEMO_FLAG}={DEMO_WORD}" in said
    assert "S1" not in said
    assert "S2" not in said
    assert not screen.button
    assert not screen.selectbox


def test_with_sign_in_configured_there_is_no_chooser(engine, account, screen):
    screen.secrets["auth"] = {"redirect_uri": "http://127.0.0.1:1/oauth2callback", "cookie_secret": "x", "client_id": "x"}
    screen.user = {"is_logged_in": False}
    screen.run()
    assert "Sign in to see the trial." in " ".join(bodies(screen))
    assert not screen.selectbox
    assert [button.label for button in screen.button] == ["Sign in"]


def test_settings_that_cannot_be_read_open_nothing(engine, screen, monkeypatch, tmp_path):
    broken = tmp_path / "secrets.toml"
    broken.write_text("[auth\n")
    monkeypatch.setattr(access.st, "get_option", lambda name: [str(broken)] if name == "secrets.files" else None)
    screen.run()
    assert "The settings of sign-in cannot be read" in " ".join(bodies(screen))
    assert not screen.selectbox
