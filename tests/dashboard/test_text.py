"""Words: templates, sentences inside sentences, and sentences that lost their template on the way."""

import pytest

from dashboard import text
from trial.sentence import Sentence


@pytest.fixture
def chinese(monkeypatch):
    catalogue = {
        "{n} of {m}": "{m} 中的 {n}",
        "day {day} of {days}": "第 {day}/{days} 天",
        "Blocked by {rule}": "受阻于 {rule}",
        "stagger": "间隔",
        "{n} days": "{n} 天",
        "{term} was judged a DLT": "{term} 判定为 DLT",
        "{known}, and more": "{known},另有",
        "{n}: {best} to {worst}": "{n}:{best}至{worst}",
        "{counts}: {reason}.": "{counts}:{reason}。",
        "{dlt} had a DLT": "{dlt} 例 DLT",
        "go up to dose {dose}": "递增至剂量 {dose}",
    }
    monkeypatch.setattr(text, "load_catalogue", lambda language: catalogue if language == "zh" else {})
    text._patterns.cache_clear()
    text._fit.cache_clear()
    text.use_language("zh")
    yield
    text.use_language("en")
    text._patterns.cache_clear()
    text._fit.cache_clear()


def test_english_is_the_template_filled():
    assert text.say("{n} of {m}", n=1, m=3) == "1 of 3"
    assert text.say("braces {} stay without values") == "braces {} stay without values"


def test_another_language_fills_the_same_places(chinese):
    assert text.say("{n} of {m}", n=1, m=3) == "3 中的 1"
    assert text.say("not in the catalogue {n}", n=1) == "not in the catalogue 1"


def test_sentences_are_translated_also_inside_sentences(chinese):
    assert text.say("Blocked by {rule}", rule=Sentence("stagger")) == "受阻于 间隔"
    assert text.translate(Sentence("day {day} of {days}", day=3, days=28)) == "第 3/28 天"


def test_a_sentence_that_went_through_a_table_is_found_again(chinese):
    assert text.translate(str(Sentence("day {day} of {days}", day=3, days=28))) == "第 3/28 天"
    assert text.translate("site text {stays} as it is") == "site text {stays} as it is"


def test_what_a_site_wrote_stays_as_it_is_inside_a_sentence(chinese):
    assert text.translate("headache for 3 days was judged a DLT") == "headache for 3 days 判定为 DLT"
    assert text.translate("3 days, and more") == "3 天,另有"


def test_a_text_too_long_for_a_sentence_is_not_compared_with_patterns(chinese):
    hostile = "a days " * 2_000 + "was judged a DLT"
    assert text.translate(hostile) == hostile


def test_a_loose_template_does_not_take_the_sentence_of_another(chinese):
    counts, reason = Sentence("{dlt} had a DLT", dlt=1), Sentence("go up to dose {dose}", dose=2)
    whole = Sentence("{counts}: {reason}.", counts=counts, reason=reason)
    assert text.translate(str(whole)) == text.translate(whole) == "1 例 DLT:递增至剂量 2。"
