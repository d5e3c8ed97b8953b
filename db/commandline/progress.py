"""How far a long command is."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm

from db.importers.reading import Progress


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Yield a progress callback that draws a bar on stderr, where that is a terminal."""
    with tqdm(file=sys.stderr, disable=not sys.stderr.isatty(), leave=False, unit="") as bar:

        def show(done: int, total: int, label: str) -> None:
            """Move the bar on."""
            bar.total = total
            bar.set_description(label[:50], refresh=False)
            bar.n = done
            bar.refresh()

        yield show
