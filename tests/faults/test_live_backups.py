"""Backups while others write, in the short form."""

from tests.faults.live_backups import run_live_backups


def test_thirty_live_backups_are_sound_and_come_back(tmp_path):
    figure = run_live_backups(30, tmp_path)
    print(figure)
    assert figure.tried == 30
    assert not figure.failures, figure
