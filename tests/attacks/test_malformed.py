"""Malformed files, in the short form."""

from tests.attacks.malformed import run_malformed


def test_malformed_files_are_refused_by_place_or_imported_whole(tmp_path):
    figure = run_malformed(2_000, tmp_path, recorded=30)
    print(figure)
    assert figure.tried == 2_000
    assert not figure.failures, figure
