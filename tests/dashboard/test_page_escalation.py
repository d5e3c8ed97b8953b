"""The Escalation and Simulation pages on the screen: what is supposed stays apart, what is simulated is told and can be cancelled."""

import re
import time

import pytest

from dashboard.register import entry_of
from tests.contracts.screen import bodies, faults, open_screen, show

pytestmark = pytest.mark.xdist_group("pages of default")


def text_of(screen) -> str:
    """Everything that the page says in HTML."""
    return re.sub(r"<[^>]+>", " ", " ".join(bodies(screen)))


@pytest.fixture
def screen(dataset, monkeypatch):
    def look(page, name="default"):
        found = show(open_screen(dataset(name), monkeypatch), entry_of(page))
        assert not faults(found)
        return found

    return look


def test_what_is_supposed_stands_beside_today_and_changes_nothing(screen):
    looked = screen("escalation")
    before = text_of(looked)
    assert "Nothing is supposed yet." in before
    ledger = looked.dataframe[1].value
    [code] = ledger.loc[ledger["DLT"] == "pending", "subject"].tolist()
    looked.multiselect(key="if-dlt").select(code).run()
    assert not faults(looked)
    said = text_of(looked)
    assert "HYPOTHETICAL" in said
    assert "Then: down to 10 M cells" in said
    assert "2 of 4" in said
    assert "Stay at 50 M cells" in said, "today's answer stands as it was"
    assert looked.dataframe[1].value["DLT"].tolist() == ledger["DLT"].tolist()


def test_a_late_dlt_opens_the_decision_again(screen):
    said = text_of(screen("escalation", "late-dlt"))
    assert "Look at SRC-01 again" in said
    assert "Rule and committee agree on 2 of 2" in text_of(screen("escalation"))


def test_a_simulation_runs_beside_the_server_and_is_told(screen):
    looked = screen("simulation")
    assert "Nothing has been simulated yet." in text_of(looked)
    [trials] = [box for box in looked.selectbox if box.label == "Trials"]
    trials.select(1_000).run()
    looked.button(key="sim-run").click().run()
    end = time.monotonic() + 60
    while "finds the right answer" not in text_of(looked) or looked.button(key="sim-run").disabled:
        assert time.monotonic() < end, text_of(looked)
        time.sleep(0.5)
        looked.run()
    assert not faults(looked)
    assert "A: 3+3 finds the right answer in" in text_of(looked)
    table = looked.dataframe[0].value
    assert len(table) == 8
    assert set(table["design"]) == {"A: 3+3", "B: BOIN"}
    assert all(re.fullmatch(r"[<>]?[\d.]+% ±\d+\.\d", share) for share in table["right"])


def test_nonsense_is_refused_before_anything_runs(screen):
    looked = screen("simulation")
    [own] = [box for box in looked.text_input if box.label.startswith("Or your own")]
    own.input("5; 20").run()
    assert "2 rates for 3 dose levels" in text_of(looked)
    assert looked.button(key="sim-run").disabled
    own.input("5; 20; 300").run()
    assert looked.button(key="sim-run").disabled
    assert not faults(looked)


def test_a_simulation_can_be_cancelled(screen):
    looked = screen("simulation")
    [trials] = [box for box in looked.selectbox if box.label == "Trials"]
    trials.select(100_000).run()
    looked.button(key="sim-run").click().run()
    jobs = looked.session_state["simulation_jobs"]
    assert any(job.running for job in jobs)
    looked.button(key="sim-cancel").click().run()
    assert not any(job.running for job in jobs)
    assert "You cancelled it" in text_of(looked)
