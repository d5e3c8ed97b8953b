"""Processes killed in the midst of their work, in the short form: 40 kills on SQLite and 6 on PostgreSQL."""

import pytest

from tests.faults.kills import run_kills, run_served_kills
from tests.faults.works import WORKS

KILLS = 5
"""Of each work."""


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_nothing_is_lost_or_partial_after_a_kill(tmp_path, work):
    figure = run_kills(KILLS, tmp_path, works=[work])
    print(figure)
    assert figure.tried == KILLS
    assert not figure.failures, figure


def test_nothing_is_lost_or_partial_on_postgresql(tmp_path, postgresql):
    figure = run_served_kills(6, tmp_path, server=postgresql)
    print(figure)
    assert figure.tried == 6
    assert not figure.failures, figure
