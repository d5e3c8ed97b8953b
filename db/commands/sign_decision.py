"""Sign a decision of the committee, in the version and on the record that were seen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session

from db.audit import Actor, Head, begin_act
from db.commands.conflict import require_seen
from db.commands.current import Row, find_row, find_trial, insert_row, report
from db.commands.recorded import Recorded
from db.commands.rights import require
from db.engine import writing
from db.history import table_of
from db.models import AuditEntry, CommitteeDecision, DecisionSignature
from trial.entry.field import Field, read_fields
from trial.errors import Fault, FaultyInput
from trial.sentence import Sentence
from trial.terms import SIGNATURE_MEANINGS

ACT = "sign decision"
MEANING = Field("meaning", Sentence("Meaning of the signature"), "choice", SIGNATURE_MEANINGS, required=True)


@dataclass(frozen=True)
class SignatureEntry:
    """A signature: the decision in the version that was seen, what it means, and the head of the chain that the signer saw."""

    decision_id: int
    seen_known_from: datetime
    meaning: str | None
    seen_head: Head


def sign_decision(engine: Engine, actor: Actor, study_id: int, entry: SignatureEntry) -> Recorded:
    """Record a signature; raise FaultyInput with every fault, and Conflict when the decision changed since it was seen.

    One person signs one version of a decision once. The signature stands: nothing takes it back, but another decision follows.
    """
    with writing(engine) as session:
        trial = find_trial(session, study_id)
        require(session, actor, ACT, study_id)
        found = find_row(session, CommitteeDecision, study_id, row_id=entry.decision_id)
        decision = require_seen(session, "committee_decision", study_id, found, row_id=entry.decision_id, seen=entry.seen_known_from)
        values, faults = read_fields([MEANING], {"meaning": entry.meaning}, trial.time_zone)
        faults += _check_head(session, entry.seen_head) + _check_first(session, actor, decision)
        if faults:
            raise FaultyInput(faults)
        begin_act(session, actor, ACT)
        signature = {
            "decision_id": decision["id"],
            "decision_known_from": decision["known_from"],
            "signer": actor.name,
            "role": actor.role,
            "signed_at": actor.at,
            "head_sequence": entry.seen_head.sequence,
            "head_hash": entry.seen_head.hash,
            **values,
        }
        row = insert_row(session, actor, DecisionSignature, study_id, signature, after=decision)
        return report(session, "decision_signature", row, decision["code"])


def _check_head(session: Session, seen: Head) -> list[Fault]:
    """What the signer saw is a state of this very record."""
    chain = table_of(AuditEntry)
    stored = session.connection().execute(select(chain.c.hash).where(chain.c.sequence == seen.sequence)).scalar_one_or_none()
    if stored == seen.hash:
        return []
    what = Sentence("is no state of this record")
    return [Fault(Sentence("Audit head that was seen"), what, Sentence("Look at the decision again, then sign it."))]


def _check_first(session: Session, actor: Actor, decision: Row) -> list[Fault]:
    """Nobody signs the same version twice."""
    table: Any = table_of(DecisionSignature)
    mine = select(table.c.id).where(
        table.c.study_id == decision["study_id"],
        table.c.decision_id == decision["id"],
        table.c.decision_known_from == decision["known_from"],
        table.c.signer == actor.name,
    )
    if session.connection().execute(mine.limit(1)).first() is None:
        return []
    return [Fault(Sentence("Signature"), Sentence("is there already: you signed this version"), Sentence("Nothing more is needed."))]
