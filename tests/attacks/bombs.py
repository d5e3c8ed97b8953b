"""Bombs: small files that want all memory or all time. A child process takes them; the server goes on answering."""

import bz2
import io
import random
import statistics
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.attacks.client import Pulse
from tests.attacks.malformed import _write_transport as write_transport
from tests.datasets import find_dataset
from tests.faults.figure import Figure
from tests.journeys.server import ARGUMENTS, CHROMIUM, Visit, serve, visit
from tests.journeys.test_upload import become, head

MOST_SECONDS = 1.0
PATIENCE = 120_000
MB = 1 << 20


def ratio_zip(size: int) -> bytes:
    """Zeros that expand a thousandfold."""
    return _zip([("ae.csv", bytes(40 * size * MB))])


def crowded_zip(size: int) -> bytes:
    """Tens of thousands of empty members."""
    return _zip([(f"{number}.csv", b"") for number in range(15_000 * size)])


def nested_zip(size: int) -> bytes:
    """A zip in a zip in a zip."""
    content = b"STUDYID,DOMAIN\n"
    for _ in range(4 + size):
        content = _zip([("inner.zip", content)] * size)
    return content


def sum_zip(size: int) -> bytes:
    """Many members, each harmless, that together fill any memory."""
    return _zip([(f"{number}.csv", b"x" * (9 * MB)) for number in range(30 * size)], repeat=True)


def lying_zip(size: int) -> bytes:
    """A member that says it is small and is not."""
    packed = bytearray(_zip([("ae.csv", b"S" * (60 * size * MB))]))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", packed, packed.index(mark) + offset, 500)
    return bytes(packed)


def overlapping_zip(size: int) -> bytes:
    """Thousands of names for the same bytes."""
    packed = _zip([("a.csv", b"A" * (5 * MB))])
    start = packed.index(b"PK\x01\x02")
    end = packed.rindex(b"PK\x05\x06")
    entry, number = packed[start:end], 2_000 * size
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, number & 0xFFFF, number & 0xFFFF, len(entry) * number, start, 0)
    return packed[:start] + entry * number + tail


def bzip2_zip(size: int) -> bytes:
    """A packing that expands further than any other."""
    content = bz2.compress(bytes(20 * size * MB))
    header = struct.pack("<4s5H3I2H", b"PK\x03\x04", 46, 0, 12, 0, 0, zlib.crc32(b""), len(content), 100, 6, 0) + b"ae.csv"
    central = (
        struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 46, 46, 0, 12, 0, 0, zlib.crc32(b""), len(content), 100, 6, 0, 0, 0, 0, 0, 0) + b"ae.csv"
    )
    body = header + content
    return body + central + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(body), 0)


def wide_csv(size: int) -> bytes:
    """A header of hundreds of thousands of columns."""
    return b"STUDYID,DOMAIN," + b",".join(b"C%d" % number for number in range(300_000 * size)) + b"\nS1,AE\n"


def wide_row_csv(size: int) -> bytes:
    """An honest header, and a row of millions of cells."""
    return b"STUDYID,DOMAIN,USUBJID\n" + b"," * (4_000_000 * size) + b"\n"


def long_csv(size: int) -> bytes:
    """Millions of rows."""
    return b"STUDYID,DOMAIN,USUBJID,RFSTDTC,ARM\n" + b"S1,DM,x,2025,A\n" * (1_050_000 * (1 + size))


def huge_cell_csv(size: int) -> bytes:
    """One cell of tens of millions of characters."""
    return b'STUDYID,DOMAIN,USUBJID\nS1,DM,"' + b"x" * (30 * size * MB) + b'"\n'


def quoted_csv(size: int) -> bytes:
    """Quotation marks without end."""
    return b'"STUDYID","DOMAIN","USUBJID"\n' + b'""' * (8 * size * MB) + b'"NA'


def lying_xpt(size: int) -> bytes:
    """Headers of a transport file that promise thousands of columns of any length."""
    content = bytearray(write_transport())
    at = content.index(b"NAMESTR HEADER RECORD") - 20
    content[at + 54 : at + 58] = b"%04d" % (999 if size % 2 else 9_999)
    return bytes(content) + b" " * (80 * 20_000 * size)


def wide_xpt(size: int) -> bytes:
    """Variables that say they are tens of thousands of bytes long."""
    content = bytearray(write_transport())
    first = content.index(b"NAMESTR HEADER RECORD") + 60
    for number in range(5):
        content[first + number * 140 + 4 : first + number * 140 + 6] = b"\xff\xff"
    return bytes(content) + b"x" * (80 * 10_000 * size)


BOMBS: tuple[tuple[Callable[[int], bytes], str], ...] = (
    (ratio_zip, "zip"), (wide_csv, "csv"), (lying_xpt, "xpt"), (lying_zip, "zip"), (crowded_zip, "zip"), (long_csv, "csv"),
    (nested_zip, "zip"), (sum_zip, "zip"), (overlapping_zip, "zip"), (bzip2_zip, "zip"), (wide_row_csv, "csv"), (huge_cell_csv, "csv"),
    (quoted_csv, "csv"), (wide_xpt, "xpt"),
)  # fmt: skip


def run_bombs(count: int, folder: Path) -> Figure:
    """Upload ``count`` bombs to a live server in a browser, one after the other, and measure another reader's answers meanwhile."""
    figure, chance = Figure("a bomb is refused, and the server answers meanwhile"), random.Random(1)
    with (
        serve(find_dataset(folder, "one subject"), folder / "server.log") as address,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS) as browser,
        visit(browser, address) as reader,
    ):
        reader.go("data")
        become(reader, "data manager")
        before = head(reader)
        with Pulse(address) as pulse:
            for number in range(count):
                make, suffix = BOMBS[number % len(BOMBS)]
                bomb = folder / f"bomb-{number}.{suffix}"
                bomb.write_bytes(make(1 + (chance.randrange(4) if count > len(BOMBS) else 0)))
                figure.tried += 1
                said = _throw(reader, bomb)
                if "Refused" not in said:
                    figure.failures.append(f"{make.__name__} was not refused: {said[-200:]}")
                bomb.unlink()
        if head(reader) != before:
            figure.failures.append("the record changed")
    _judge(figure, pulse)
    return figure


def _throw(reader: Visit, bomb: Path) -> str:
    """Upload a bomb and return what the page says of it."""
    page: Page = reader.page
    page.get_by_label("Study code").fill("BOMB")
    page.locator("[data-testid=stFileUploaderDropzoneInput]").last.set_input_files([str(bomb)])
    page.locator("[data-testid=stFileChip]").first.wait_for(timeout=PATIENCE)
    page.get_by_role("button", name="Import", exact=True).click()
    with suppress(Exception):
        page.get_by_role("button", name="Cancel the import").wait_for(timeout=3_000)
    page.get_by_role("button", name="Cancel the import").wait_for(state="detached", timeout=PATIENCE)
    page.get_by_role("button", name="Import", exact=True).wait_for(timeout=PATIENCE)
    reader.wait()
    return reader.text()


def _judge(figure: Figure, pulse: Pulse) -> None:
    """Whether the server answered the other reader."""
    figure.failures += pulse.failures
    pages, health = sorted(pulse.pages), sorted(pulse.health)
    if not pages:
        figure.failures.append("nobody looked")
        return
    figure.notes.append(f"health: {len(health):,} answers, slowest {health[-1]:.3f} s")
    late = pages[int(0.95 * (len(pages) - 1))]
    figure.notes.append(
        f"pages: {len(pages):,} views, median {statistics.median(pages):.3f} s, 95% within {late:.3f} s, slowest {pages[-1]:.3f} s"
    )
    if health[-1] >= MOST_SECONDS:
        figure.failures.append(f"an answer took {health[-1]:.2f} s")
    if statistics.median(pages) >= MOST_SECONDS:
        figure.failures.append(f"a page took {statistics.median(pages):.2f} s")


def _zip(members: list[tuple[str, bytes]], *, repeat: bool = False) -> bytes:
    """A zip of members; with ``repeat`` all have the same content, which is packed once for each."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1 if repeat else 6) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()
