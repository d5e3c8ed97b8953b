"""What an examination found stands in a table as words; a page says them in the reader's language."""

import pytest

from dashboard import text
from dashboard.parts.monitor import say_finding
from db.queries.findings import LOST


@pytest.fixture
def chinese():
    text.use_language("zh")
    yield
    text.use_language("en")


def test_a_finding_is_said_as_it_stands_in_english():
    assert say_finding("RED: lost 12 motor points, 2 AIS steps") == "RED: lost 12 motor points, 2 AIS steps"


def test_a_finding_has_no_english_word_on_a_chinese_page(chinese):
    losses = ", ".join(f"{place} {unit}" for place, (_, _, unit) in enumerate(LOST, start=1))
    said = say_finding(f"AMBER: lost {losses}")
    assert said.startswith("琥珀色：丧失 1 运动评分")
    assert not [letter for letter in said.replace("AIS", "") if letter.isascii() and letter.isalpha()]


def test_what_is_no_finding_stays_as_a_site_wrote_it(chinese):
    assert say_finding("motor points") == "motor points"
