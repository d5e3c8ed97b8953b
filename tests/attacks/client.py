"""A reader without a browser: opens the server's WebSocket, asks for a page, and measures how long it takes to be all there."""

import threading
import time
import urllib.request
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

SECONDS = 30


def ask_health(address: str) -> float:
    """Return how long the server takes to say that it lives, in seconds."""
    start = time.perf_counter()
    with urllib.request.urlopen(f"{address}/_stcore/health", timeout=SECONDS) as answer:
        answer.read()
    return time.perf_counter() - start


class Client:
    """One session of a reader; `view` runs the first page again in it."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._socket = connect(
            f"ws://{parts.netloc}/_stcore/stream",
            subprotocols=["streamlit"],
            origin=address,
            max_size=None,
            open_timeout=SECONDS,
            legacy=True,
        )

    def view(self) -> float:
        """Return how long the page takes, from the question to the end of its script, in seconds."""
        asked = BackMsg()
        asked.rerun_script.query_string = ""
        start = time.perf_counter()
        self._socket.send(asked.SerializeToString())
        while True:
            told = ForwardMsg()
            told.ParseFromString(self._socket.recv(timeout=SECONDS))
            if told.WhichOneof("type") == "script_finished":
                return time.perf_counter() - start

    def close(self) -> None:
        """End the session."""
        self._socket.close()


@dataclass
class Pulse:
    """Looks at a server again and again in a thread, and keeps how long each answer took."""

    address: str
    pages: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def __enter__(self) -> "Pulse":
        self._end = threading.Event()
        self._client = Client(self.address)
        self._client.view()  # the first one warms the server up
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join(SECONDS)
        self._client.close()

    def _beat(self) -> None:
        while not self._end.wait(0.1):
            try:
                self.health.append(ask_health(self.address))
                self.pages.append(self._client.view())
            except Exception as error:
                self.failures.append(f"{type(error).__name__}: {error}")
                return
