"""Bombs on a live server, in the short form."""

import pytest

from tests.attacks.bombs import BOMBS, run_bombs
from tests.journeys.server import CHROMIUM


@pytest.mark.browser
@pytest.mark.xdist_group("attacks on a server")
@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM} (apt-get install chromium)")
def test_the_server_answers_while_bombs_come_in(tmp_path):
    figure = run_bombs(3, tmp_path)
    print(figure)
    assert figure.tried == 3
    assert not figure.failures, figure


def test_every_bomb_is_small_for_what_it_wants():
    assert len({make.__name__ for make, _ in BOMBS}) == len(BOMBS) >= 10
    assert all(len(make(1)) < 200_000 for make, _ in BOMBS if make.__name__ in ("ratio_zip", "nested_zip", "bzip2_zip", "overlapping_zip"))
