"""Verifying the record from the screen: in a process of its own, never in the server's."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import IO, Any

import streamlit as st

from dashboard.parts.shield import piece
from dashboard.parts.words import show_answer, show_note
from dashboard.text import say, translate
from dashboard.view import View

ROOT = Path(__file__).parents[2]
SHOWN_FAULTS = 20


@dataclass
class Verifier:
    """The one verification of a database that may run on this server, and what the last one found, for every reader."""

    url: str = field(repr=False)
    found: dict[str, Any] | None = None
    head: str = ""
    failed: bool = False
    _process: subprocess.Popen[bytes] | None = None
    _output: IO[bytes] | None = None
    _lock: Lock = field(default_factory=Lock)

    def start(self, head: str) -> None:
        """Start a verification of the record whose head is ``head``, unless one is under way."""
        with self._lock:
            if self._process is None:
                self._output = tempfile.TemporaryFile()  # noqa: SIM115 - it lives until `poll` has read it
                environment = {**os.environ, "DATABASE_URL": self.url}  # not an argument: it may hold a password
                command = [sys.executable, "-m", "db", "verify", "--format", "json"]
                self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=self._output, stderr=subprocess.DEVNULL)
                self.head, self.failed = head, False

    def poll(self) -> bool:
        """Return whether a verification is under way; when one has ended, what it found is kept."""
        with self._lock:
            if self._process is None or self._output is None or self._process.poll() is None:
                return self._process is not None
            self._output.seek(0)
            try:
                self.found, self.failed = json.loads(self._output.read()), False
            except ValueError:
                self.found, self.failed = None, True
            self._output.close()
            self._process = self._output = None
            return False

    def cancel(self) -> None:
        """End the verification that is under way."""
        with self._lock:
            if self._process is not None:
                self._process.terminate()


@st.cache_resource(show_spinner=False)
def verifier_of(url: str) -> Verifier:
    """Return the verifier of a database; one for the whole server."""
    return Verifier(url)


def show_verification(view: View) -> None:
    """Offer to verify the record now, show that it is under way, and what was found last."""
    verifier = verifier_of(view.engine.url.render_as_string(hide_password=False))
    if verifier.poll():
        _follow(verifier)
        return
    if st.button(say("Verify now"), key="verify-now", icon=":material/verified_user:"):
        verifier.start(str(view.head))
        st.rerun()
    if verifier.failed:
        show_note(say("The last verification was ended before it had a result."))
    elif verifier.found:
        _show_found(verifier)


def _follow(verifier: Verifier) -> None:
    """The verification under way: looked after every second, until it ends."""

    @st.fragment(run_every="1s")
    def waiting() -> None:
        """Waits for the check and says how far it is; it reruns alone."""
        _wait(verifier)

    waiting()


@piece
def _wait(verifier: Verifier) -> None:
    if not verifier.poll():
        st.rerun()
    with st.status(say("Verifying every entry, row and earlier version, as of head {head}", head=verifier.head), state="running"):
        pass
    if st.button(say("Cancel"), key="verify-cancel"):
        verifier.cancel()


def _show_found(verifier: Verifier) -> None:
    """What the last verification found, and as of which head."""
    found = verifier.found or {}
    head = f"{found['head']['sequence']:,} · {found['head']['hash'][:12]}"
    notes = [translate(note) for note in found["notes"]]
    if found["sound"]:
        checked = "; ".join(translate(part) for part in found["checked"])
        show_answer(say("Sound up to head {head}", head=head), [say("Checked: {checked}.", checked=checked), *notes], tone="good")
        return
    faults = [say("{where}: {what}. {cure}", **{name: translate(text) for name, text in fault.items()}) for fault in found["faults"]]
    more = [say("and {count} more", count=f"{len(faults) - SHOWN_FAULTS:,}")] if len(faults) > SHOWN_FAULTS else []
    count = f"{len(faults):,}"
    show_answer(say("Not sound: {count} faults, head {head}", count=count, head=head), [*faults[:SHOWN_FAULTS], *more, *notes], tone="stop")
