"""Damaged write-ahead logs, in the short form."""

import pytest

from tests.faults.torn_logs import run_torn_logs


@pytest.mark.parametrize("part", range(2))
def test_a_damaged_log_leaves_whole_batches_and_a_named_end(tmp_path, part):
    figure = run_torn_logs(100, tmp_path, seed=part)
    print(figure)
    assert figure.tried == 100
    assert not figure.failures, figure
