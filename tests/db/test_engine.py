"""The settings of a connection that the record relies on."""

from pathlib import Path

from sqlalchemy import text

from db.engine import KEPT_LOG_BYTES, embedded_url, open_engine


def test_the_log_of_a_large_act_is_cut_when_it_begins_anew(tmp_path):
    engine, log = open_engine(embedded_url(tmp_path / "record.db")), Path(tmp_path / "record.db-wal")
    with engine.connect().execution_options(writer=True) as connection:
        connection.execute(text("CREATE TABLE much (bytes BLOB)"))
        connection.execute(text(f"INSERT INTO much VALUES (zeroblob({2 * KEPT_LOG_BYTES}))"))
        connection.commit()
    assert log.stat().st_size > 2 * KEPT_LOG_BYTES
    for _ in range(2):  # the first small act may still find readers of the old log
        with engine.connect().execution_options(writer=True) as connection:
            connection.execute(text("DELETE FROM much WHERE bytes IS NULL"))
            connection.execute(text("INSERT INTO much VALUES (x'00')"))
            connection.commit()
    assert log.stat().st_size <= KEPT_LOG_BYTES
    engine.dispose()
