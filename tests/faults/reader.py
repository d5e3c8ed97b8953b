"""A reader without a browser: opens the dashboard's own socket, asks for pages, and says what came and how long it took."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

PATIENCE = 120
"""Seconds to wait for a page."""
LARGEST = 2**26
FOOT = b"Audit head"
BROKEN = b"could not be shown"


@dataclass
class Views:
    """What readers met: seconds of each page view with its page, and what failed, in words."""

    seconds: list[tuple[float, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def quantile(self, part: float) -> float:
        """The seconds that this part of the views took at most."""
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(part * len(self.seconds)))][0]

    def by_page(self) -> str:
        """The median and the longest of each page, slowest page first."""
        found: dict[str, list[float]] = {}
        for seconds, page in sorted(self.seconds):
            found.setdefault(page or "(first)", []).append(seconds)
        slowest = sorted(found.items(), key=lambda item: -item[1][len(item[1]) // 2])
        return ", ".join(f"{page} {times[len(times) // 2]:.2f}/{times[-1]:.2f}" for page, times in slowest)


async def read_pages(address: str, pages: list[str], think: tuple[float, float], chance: random.Random, views: Views) -> None:
    """Look at ``pages`` one after the other in one session; wait between them as long as a reader thinks (seconds)."""
    place = urlsplit(address).netloc
    await asyncio.sleep(chance.uniform(0, think[1]))
    try:
        async with websockets.connect(
            f"ws://{place}/_stcore/stream",
            subprotocols=["streamlit"],
            origin=address,
            max_size=LARGEST,
            open_timeout=PATIENCE,
            ping_interval=None,  # a browser sends none
        ) as socket:
            for page in pages:
                start = time.perf_counter()
                fault = await asyncio.wait_for(_ask(socket, page), PATIENCE)
                views.seconds.append((time.perf_counter() - start, page))
                if fault:
                    views.failures.append(f"{page}: {fault}")
                await asyncio.sleep(chance.uniform(*think))
    except (OSError, TimeoutError, websockets.WebSocketException) as error:
        views.failures.append(f"a session ended: {type(error).__name__} {error}")


async def _ask(socket: websockets.ClientConnection, page: str) -> str:
    """Ask for one page and read until its script has ended; return what is wrong with it, or nothing."""
    asked = BackMsg()
    asked.rerun_script.page_name = page
    asked.rerun_script.context_info.timezone = "UTC"
    await socket.send(asked.SerializeToString())
    foot, faults, began = False, [], False
    while True:
        data = await socket.recv()
        assert isinstance(data, bytes)
        said = ForwardMsg.FromString(data)
        kind = said.WhichOneof("type")
        began = began or kind == "new_session"
        foot = foot or FOOT in data
        if kind == "page_not_found" or BROKEN in data or (kind == "delta" and said.delta.new_element.WhichOneof("type") == "exception"):
            faults.append(kind)
        if kind == "script_finished" and began:
            if said.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
                faults.append(f"ended with {said.script_finished}")
            return ", ".join(faults) or ("" if foot else "its foot is missing")


async def read_all(
    addresses: Sequence[str], pages: list[str], *, sessions: int, views: int, think: tuple[float, float], seed: int
) -> Views:
    """Let so many readers look at so many pages each, chosen at random, every reader at one of the servers."""
    found, chance = Views(), random.Random(seed)
    chosen = [[chance.choice(pages) for _ in range(views)] for _ in range(sessions)]
    await asyncio.gather(
        *(read_pages(addresses[n % len(addresses)], asked, think, random.Random(f"{seed} {n}"), found) for n, asked in enumerate(chosen))
    )
    return found
