"""Planted marks, the whole form: it is short."""

import pytest

from tests.attacks.marks import MARK, run_marks


@pytest.mark.browser
@pytest.mark.xdist_group("attacks on a server")
def test_no_planted_mark_is_found(tmp_path):
    figure = run_marks(200, tmp_path)
    print(figure)
    assert figure.tried == 200
    assert not figure.failures, figure


def test_a_mark_is_seen_where_it_stands():
    assert MARK.findall("x Zq10000Xj y") == ["Zq10000Xj"]
