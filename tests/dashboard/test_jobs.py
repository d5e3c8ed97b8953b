"""Long work outside the server: it is told, cancelled, forgotten and bounded, and leaves nothing behind."""

import gc
import os
import stat
import time
from pathlib import Path

import pytest

from dashboard.parts import jobs
from dashboard.parts.jobs import start_job
from trial.errors import FaultyInput

SHORT = ["simulate", "--design=BOIN", "--set=target=0.3", "--truth=0.1;0.3;0.5", "--trials=400", "--cohorts=4"]
LONG = ["simulate", "--design=BOIN", "--set=target=0.3", "--truth=0.1;0.3;0.5", "--trials=50000000", "--cohorts=10", "--chunk=2000"]


def wait(condition, seconds=30.0):
    """Wait until a condition holds; raise AssertionError when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.05)


def gone(process_id: int) -> bool:
    """Whether no such process is at work any more."""
    try:
        return "Z" in Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True


@pytest.fixture(autouse=True)
def _leave_nothing():
    yield
    for job in list(jobs._jobs):
        job.cancel()


def test_a_job_answers_in_a_folder_that_nobody_else_reads():
    job = start_job(SHORT, asked="question")
    assert stat.S_IMODE(job.folder.stat().st_mode) == 0o700
    wait(lambda: not job.running)
    report = job.read()
    assert (report.standing, report.done, report.trials, job.asked) == ("done", 400, 400, "question")
    assert report.results[0]["summary"]["trials"] == 400


def test_a_running_job_tells_what_it_has_so_far_and_dies_when_cancelled():
    job = start_job([*LONG, "--workers=2"], asked=None)
    wait(lambda: job.read().done > 0)
    told = job.read()
    assert told.standing == "running"
    assert 0 < told.results[0]["summary"]["trials"] < told.trials
    job.cancel()
    assert gone(job.process.pid)
    assert job.read().standing == "cancelled"
    assert job.read().done > 0
    group = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and _group(entry) == job.process.pid]
    wait(lambda: all(gone(int(entry.name)) for entry in group))


def _group(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[2])
    except (OSError, IndexError):
        return -1


def test_a_job_whose_reader_is_gone_dies_and_leaves_no_folder():
    job = start_job(LONG, asked=None)
    process_id, folder = job.process.pid, job.folder
    wait((folder / "progress.json").exists)
    del job
    gc.collect()
    wait(lambda: gone(process_id))
    assert not folder.exists()


def test_a_job_that_nobody_looks_at_is_ended(monkeypatch):
    monkeypatch.setattr(jobs, "FORGOTTEN_AFTER", 0.2)
    job = start_job(LONG, asked=None)
    wait(lambda: not job.running)
    assert job.read().standing == "forgotten"


def test_a_job_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(jobs, "MOST_SECONDS", 0.2)
    job = start_job(LONG, asked=None)
    wait(lambda: job.read().standing != "running")
    assert job.read().standing == "too long"


def test_a_server_bears_so_many_jobs(monkeypatch):
    monkeypatch.setattr(jobs, "MOST_RUNNING", 1)
    first = start_job(LONG, asked=None)
    with pytest.raises(FaultyInput, match="running on this server"):
        start_job(SHORT, asked=None)
    first.cancel()
    assert start_job(SHORT, asked=None).process.pid != first.process.pid


def test_what_the_command_refuses_is_told():
    job = start_job(["simulate", "--design=BOIN", "--set=target=7", "--truth=0.1"], asked=None)
    wait(lambda: not job.running)
    report = job.read()
    assert report.standing == "failed"
    assert "BOIN: target" in report.message
    assert "Traceback" not in report.message


def test_a_job_sees_no_secret_of_the_server(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    job = start_job(LONG, asked=None)
    wait((job.folder / "progress.json").exists)
    told = Path(f"/proc/{job.process.pid}/environ").read_bytes()
    assert b"secret" not in told
    assert b"PYTHONPATH" in told
    assert os.getpriority(os.PRIO_PROCESS, job.process.pid) == 10
