"""Writes refused by the disk, in the short form."""

import pytest

from tests.faults.refused_writes import run_refused_writes
from tests.faults.writers import BASES

MOST = 3_000


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.name)
def test_a_refused_write_changes_no_row_and_says_why(tmp_path, base):
    figure = run_refused_writes(MOST, tmp_path, bases=(base,), thorough=False)
    print(figure)
    assert figure.tried > 20
    assert not figure.failures, figure
