"""Sixteen writing processes, in the short form."""

from tests.faults.crowd import WRITERS, run_crowd


def test_sixteen_writers_lose_nothing_and_meet_no_lock(tmp_path, postgresql):
    figure = run_crowd(10, tmp_path, server=postgresql)
    print(figure)
    assert figure.tried == 2 * WRITERS * 10
    assert not figure.failures, figure
