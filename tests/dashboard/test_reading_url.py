"""Pages read where DATABASE_READ_URL says; commands and the door stay with DATABASE_URL."""

import shutil
from pathlib import Path

from db.audit import append_entry, read_head
from db.engine import open_engine, reading
from tests.acting import TESTER, acting
from tests.contracts.screen import open_screen, sent


def test_pages_show_the_record_of_the_standby_and_write_to_the_primary(own_dataset, tmp_path, monkeypatch):
    primary = own_dataset("default")
    standby = f"sqlite:///{tmp_path / 'standby.db'}"
    shutil.copy(Path(primary.removeprefix("sqlite:///")), tmp_path / "standby.db")
    with acting(open_engine(primary)) as session:
        newest = append_entry(session, TESTER, "something the standby has not heard of yet")
    with reading(open_engine(standby)) as session:
        older = read_head(session)
    monkeypatch.setenv("DATABASE_READ_URL", standby)
    screen = open_screen(primary, monkeypatch)
    shown = " ".join(part.text for part in sent(screen))
    assert str(older) in shown
    assert str(newest) not in shown
    assert screen.session_state["firstwatch_view"].engine.url.database == primary.removeprefix("sqlite:///")
