"""Hostile text: every payload in every free-text field of every table, on every page: nothing of it is ever more than text."""

import random
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from sqlalchemy import Engine, select

from dashboard.register import PAGES
from db.engine import open_engine
from db.history import table_of
from synthetic.generator import generate
from synthetic.hostile import FIELDS
from tests.acting import acting
from tests.contracts.screen import faults, open_screen, sent, show
from tests.contracts.test_pages import find_live_text
from tests.faults.figure import Figure
from tests.journeys.server import ARGUMENTS, CHROMIUM, serve, visit

MARK = "fwhostile"
STRANGER = "hostile.example"
PAYLOADS = (
    '<script>document.fwhostile=1</script>', '<img src=//hostile.example/a onerror=document.fwhostile=1>',
    '<svg/onload=document.fwhostile=1>', '<a href=//hostile.example id=fwhostile>x</a>', '<iframe src=//hostile.example/f></iframe>',
    "<style>@import'//hostile.example/s'</style>", '![x](https://hostile.example/i.png)', '[x](https://hostile.example)',
    '[x](javascript:document.fwhostile=1)', '<https://hostile.example>',
    'https://hostile.example/auto www.hostile.example a@hostile.example', '&lt;script&gt;document.fwhostile=1&lt;/script&gt;',
    '&#60;img src=//hostile.example/e&#62;', '<b>fwhostile</b><i>x</i><br>y', '<a href="https://hostile.example">plotly</a>',
    "<span style='background:url(//hostile.example/u)'>x</span>", '%{customdata[0]}<extra>fwhostile</extra>',
    '$$\\href{https://hostile.example}{x}$$', '$\\frac{1}{0}$', ':material/home: :smile: :red[fwhostile]',
    ':streamlit: :rainbow[fwhostile]', '\u202efwhostile\u202c \u2067x\u2069', "A" * 10_000, "=cmd|' /C calc'!A0",
    '{x} {0} {study} {x.__class__}', '%s %(name)s %d', '`code` **bold** # title', '| a | b |\n|---|---|',
    '- [ ] fwhostile\n> quote\n---', '```html\n<script>1</script>\n```', '\x1b[31mfwhostile\x07', "'; DROP TABLE subject; --",
    'null NaN None', '</p></div></body></html><script>document.fwhostile=1</script>', '"><img src=//hostile.example/q>',
    "' onmouseover='document.fwhostile=1", '<math><mtext></p><img src=//hostile.example/m>', '\ufeff\u200b\xad', "👩🏽\u200d⚕️🧠" * 50,
    'javascript:document.fwhostile=1//',
)  # fmt: skip
"""Script, pictures, links, entities, pseudo-HTML, LaTeX, shortcodes, directions, length, formulas, templates, terminals, SQL."""
INJECTED = ", ".join(
    (
        f"#{MARK}",
        f'a[href*="{STRANGER}"]',
        f'[src*="{STRANGER}"]',
        *(f"[data-testid=stMain] {tag}" for tag in ("iframe", "script", ".katex", "marquee")),
    )
)
"""What stands on a page only when a text became more than text."""
CODES = {"code"}
"""Fields that must stay unique."""


def run_hostile_text(count: int, folder: Path, *, seed: int = 0, browsed: int | None = None) -> Figure:
    """Look at ``count`` combinations of payload, free-text field and page; then at the pages (``browsed`` of them) in a real browser."""
    figure, chance = Figure("hostile text stays text: active elements, outgoing addresses"), random.Random(seed)
    engine = open_engine(f"sqlite:///{folder / 'hostile.db'}")
    generate(engine, scenario="default", seed=1)
    fields = [(model, name) for model, names in FIELDS.items() for name in names]
    covered: set[tuple[str, str]] = set()
    flags = Counter[str]()
    round_number = 0
    with pytest.MonkeyPatch.context() as patch:
        while figure.tried < count:
            planted = {
                (table_of(model).name, name): PAYLOADS[(index + round_number * 7 + seed) % len(PAYLOADS)]
                for index, (model, name) in enumerate(fields)
            }
            _plant(engine, planted, round_number)
            screen = open_screen(str(engine.url), patch, role="data manager" if round_number % 2 else "safety officer")
            for page in PAGES:
                show(screen, page)
                figure.failures += [f"{page.name}: {fault[:120]}" for fault in faults(screen)]
                for part in find_live_text(sent(screen)):
                    figure.failures.append(f"{page.name}: {part.kind}.{part.field}: {part.text[:120]}")
                said = " ".join(part.text for part in sent(screen))
                flags["pages that carried some of it"] += any(text[:20] in said for text in planted.values())
                figure.tried += len(planted)
                covered |= {(f"{table}.{name}", page.name) for table, name in planted}
            round_number += 1
    figure.notes.append(
        f"{len(fields)} fields x {len(PAGES)} pages = {len(covered)} places, {len(PAYLOADS)} payloads, {round_number} rounds"
    )
    figure.notes += [f"{name}: {number} of {round_number * len(PAGES)}" for name, number in flags.items()]
    if CHROMIUM.exists():
        _browse(figure, engine, folder, rounds=max(1, min(4, count // 2_000)), chance=chance, browsed=browsed)
    engine.dispose()
    return figure


def _plant(engine: Engine, planted: dict[tuple[str, str], str], number: int) -> None:
    """Write each payload into its field, in every row where the field is filled; codes and names that must differ get a number."""
    with acting(engine, reason="to test hostile text") as session:
        connection = session.connection()
        for model, names in FIELDS.items():
            table = table_of(model)
            for row in connection.execute(select(table)).mappings().all():
                texts = {name: _fit(planted[table.name, name], name, row["id"], number) for name in names if row[name] is not None}
                if texts:
                    later = row["known_from"].replace(microsecond=number + 1)
                    connection.execute(table.update().where(table.c.id == row["id"]).values(**texts, known_from=later))


def _fit(text: str, name: str, row: int, number: int) -> str:
    """A payload that its field can hold."""
    return f"{text[:80]} {row}.{number}" if name in CODES else f"{text} {row}" if len(text) < 1_000 else text


def _browse(figure: Figure, engine: Engine, folder: Path, *, rounds: int, chance: random.Random, browsed: int | None) -> None:
    """Look at every page in a real browser: requests to other hosts, and elements and scripts that came out of a text."""
    requests = elements = 0
    looked_at = sorted(PAGES, key=lambda page: page.name not in ("adverse_events", "subject", "data", "cohorts"))[:browsed]
    with (
        serve(str(engine.url), folder / "server.log") as address,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS) as browser,
    ):
        for number in range(rounds):
            if number:
                fields = [(table_of(model).name, name) for model, names in FIELDS.items() for name in names]
                _plant(engine, {field: chance.choice(PAYLOADS) for field in fields}, 900 + number)
            with visit(browser, address) as reader:
                for page in looked_at:
                    reader.go(page.name)
                    found = reader.page.evaluate(f"""() => [document.{MARK} ? 1 : 0, document.querySelectorAll('{INJECTED}').length]""")
                    elements += sum(found)
                    figure.failures += [f"{page.name} in a browser: script ran or element was made: {found}"] if any(found) else []
                requests += len(reader.strangers)
                figure.failures += [f"request to {stranger}" for stranger in reader.strangers]
    figure.notes.append(
        f"in a browser: {rounds * len(looked_at)} page views, {requests} requests to other hosts, {elements} elements injected"
    )
