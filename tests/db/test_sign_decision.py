"""Signatures to decisions: name, moment and meaning, on the version and the record that were seen; once, and for good."""

from dataclasses import replace
from datetime import timedelta

import pytest

from db.audit import Head, read_head
from db.commands.current import find_row
from db.commands.record_decision import DecisionEntry, record_decision
from db.commands.sign_decision import SignatureEntry, sign_decision
from db.commands.void_row import Voiding, void_row
from db.engine import reading, writing
from db.history import table_of
from db.models import CommitteeDecision, DecisionSignature
from db.queries.decisions import decision_signatures
from db.verification import verify
from tests.acting import acting
from tests.db.entry_trial import NOW, STUDY, build_entry_trial, rows, who
from tests.db.test_commands_subjects import refused
from trial.asof import AsOf
from trial.errors import FaultyInput


@pytest.fixture
def decided(record):
    """A trial with one decision of the committee."""
    build_entry_trial(record)
    record_decision(record, who("record decision"), STUDY, DecisionEntry("2026-05-01T10:00", 1, "stay", 1, "no DLT so far"))
    return record


def entry(engine, meaning="approves", **changes):
    [decision] = rows(engine, CommitteeDecision)
    with reading(engine) as session:
        head = read_head(session)
    return replace(SignatureEntry(decision["id"], decision["known_from"], meaning, head), **changes)


TODAY = NOW.date()


def signed(engine, day=TODAY):
    with reading(engine) as session:
        return decision_signatures(session, AsOf(day, "Asia/Shanghai"), STUDY)


def test_a_signature_says_who_when_and_what_it_means_and_on_which_record(decided):
    wanted = entry(decided)
    recorded = sign_decision(decided, who("sign decision", name="Chen Wei"), STUDY, wanted)
    [row] = signed(decided).itertuples()
    assert (row.code, row.signer, row.role, row.meaning) == ("SRC-01", "Chen Wei", "committee member", "approves")
    assert (row.signed_at, row.head_number, row.head_hash) == (NOW, wanted.seen_head.sequence, wanted.seen_head.hash)
    assert row.of_this_version
    assert recorded.code == "SRC-01"
    assert recorded.head.sequence == wanted.seen_head.sequence + 1
    assert not verify(decided).faults


def test_everybody_signs_a_version_once(decided):
    sign_decision(decided, who("sign decision"), STUDY, entry(decided))
    sign_decision(decided, who("sign decision", name="Bob"), STUDY, entry(decided, "dissents"))
    again = {"Signature: is there already: you signed this version"}
    assert refused(sign_decision, decided, who("sign decision"), STUDY, entry(decided, "took part")) == again
    assert sorted((row.signer, row.meaning) for row in signed(decided).itertuples()) == [("Ann", "approves"), ("Bob", "dissents")]


def test_a_signature_to_another_record_or_without_meaning_is_refused(decided):
    right = entry(decided)
    for head in (Head(right.seen_head.sequence, "0" * 64), Head(right.seen_head.sequence + 1, right.seen_head.hash)):
        faults = refused(sign_decision, decided, who("sign decision"), STUDY, replace(right, seen_head=head, meaning="certainly"))
        assert {fault.partition(":")[0] for fault in faults} == {"Audit head that was seen", "Meaning of the signature"}
    assert rows(decided, DecisionSignature) == []


def test_a_signature_is_to_the_version_that_was_seen(decided):
    before = entry(decided)
    sign_decision(decided, who("sign decision"), STUDY, before)
    table, later = table_of(CommitteeDecision), NOW + timedelta(days=1)
    with acting(decided) as session:
        change = table.update().where(table.c.id == before.decision_id)
        session.connection().execute(change.values(rationale="no DLT in three", known_from=later))
    with pytest.raises(FaultyInput, match="was changed meanwhile"):
        sign_decision(decided, who("sign decision", name="Bob"), STUDY, before)
    assert signed(decided)["of_this_version"].tolist() == [True], "at the cut-off before the correction"
    assert signed(decided, later.date())["of_this_version"].tolist() == [False]
    sign_decision(decided, who("sign decision", at=later + timedelta(hours=1)), STUDY, entry(decided))
    assert signed(decided, later.date())["of_this_version"].tolist() == [False, True]


def test_a_signed_decision_is_not_voided_and_a_signature_not_taken_back(decided):
    sign_decision(decided, who("sign decision"), STUDY, entry(decided))
    [decision], [signature] = rows(decided, CommitteeDecision), rows(decided, DecisionSignature)
    voiding = Voiding("committee_decision", decision["id"], decision["known_from"], "in error")
    assert refused(void_row, decided, who("void"), STUDY, voiding) == {"committee decision: has 1 rows of signature resting on it"}
    back = Voiding("decision_signature", signature["id"], signature["known_from"], "regretted")
    assert refused(void_row, decided, who("void"), STUDY, back) == {"row: is of a table whose rows nobody voids"}
    with writing(decided) as session:
        assert find_row(session, DecisionSignature, STUDY, row_id=signature["id"])
