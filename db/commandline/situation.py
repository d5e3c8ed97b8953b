"""Where and by whom a command is run: the database, the moment, and the person."""

import getpass
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from db.audit import Actor
from db.engine import EMBEDDED_FILE, embedded_url, open_engine
from trial.errors import refuse


@dataclass
class Situation:
    """One run of the command line at ``asked_at`` (aware); engines are opened when first needed and closed by `close`."""

    asked_at: datetime
    database: str | None
    _engine: Engine | None = field(default=None, repr=False)

    @property
    def url(self) -> URL:
        """Where the database is: --database, else DATABASE_URL, else the embedded file here. Raises FaultyInput for a bad URL."""
        text = self.database or os.environ.get("DATABASE_URL") or embedded_url(EMBEDDED_FILE)
        try:
            return make_url(text if "://" in text else embedded_url(Path(text)))
        except ArgumentError:
            raise refuse("database", "has no readable URL", "Write it like sqlite:///firstwatch.db or postgresql+psycopg://...") from None

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database; None for any other."""
        url = self.url
        return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None

    def engine(self, *, create: bool = False) -> Engine:
        """Return the engine; raise FaultyInput when the database does not exist and may not be created."""
        if self._engine is None:
            file = self.file
            if file is not None and not file.parent.is_dir():
                raise refuse("database", f"cannot be at {file}: there is no such folder", "Create the folder, or name another file.")
            if file is not None and not create and not file.exists():
                raise refuse("database", f"{file} does not exist", "Create it with: python -m db init")
            try:
                self._engine = open_engine(self.url.render_as_string(hide_password=False))
            except (ArgumentError, ModuleNotFoundError):
                raise refuse("database", "is of a kind this program does not know", "Use sqlite:/// or postgresql+psycopg://.") from None
        return self._engine

    def actor(self, name: str | None) -> Actor:
        """Return who acts: the name given, else the user of this computer, as data manager."""
        if name is None:
            try:
                name = getpass.getuser()
            except (OSError, KeyError):
                name = "command line"
        return Actor(name, "data manager", self.asked_at)

    def close(self) -> None:
        """Close what was opened."""
        if self._engine is not None:
            self._engine.dispose()
