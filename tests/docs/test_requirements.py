"""Dependencies: each has its reason and its pin in requirements.txt."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_package_we_name_has_a_reason_and_a_pin_with_hashes(name):
    wanted = [line for line in (ROOT / f"{name}.in").read_text().splitlines() if re.match(r"[a-z]", line)]
    locked = (ROOT / f"{name}.txt").read_text()
    assert wanted
    for line in wanted:
        pin, _, reason = line.partition("#")
        assert len(reason.split()) >= 2, f"{pin} has no reason"
        assert f"# {line.strip()}" in locked, f"{pin} stands without its reason in {name}.txt"
        package, version = re.sub(r"\[.*\]", "", pin).strip().split("==")
        assert re.search(rf"^{package}(\[[a-z,]+\])?=={re.escape(version)} \\$", locked, re.M), f"{pin} is not pinned"


def test_every_pin_has_hashes():
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        assert len(re.findall(r"^[a-z][\w.\[\],-]+==", text, re.M)) <= len(re.findall(r"--hash=sha256:", text))
