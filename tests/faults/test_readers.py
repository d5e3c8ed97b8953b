"""Readers while others write, in the short form."""

from tests.faults.readers import run_readers


def test_no_page_view_fails_while_others_write(tmp_path, postgresql):
    figure = run_readers(4, tmp_path, server=postgresql, views=3, think=(0.1, 0.5), servers=1)
    print(figure)
    assert figure.tried == 2 * 4 * 3
    assert not figure.failures, figure
