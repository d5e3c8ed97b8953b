"""Committee decisions with their signatures, and product lots."""

import pandas as pd
from sqlalchemy import func, select
from sqlmodel import Session

from db.history import known
from db.models import Administration, CommitteeDecision, DecisionSignature, DoseLevel, ProductLot
from trial.asof import AsOf
from trial.tables import COMMITTEE_DECISIONS, LOTS
from trial.tables.decisions import DECISION_SIGNATURES


def committee_decisions(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return COMMITTEE_DECISIONS, oldest first."""
    decision = known(CommitteeDecision, as_of, study_id)
    about, then = known(DoseLevel, as_of, study_id).alias("about"), known(DoseLevel, as_of, study_id).alias("following")
    statement = (
        select(decision.c.code, decision.c.decided_at, about.c.number, decision.c.decision, then.c.number, decision.c.rationale)
        .join(about, about.c.id == decision.c.dose_level_id, isouter=True)
        .join(then, then.c.id == decision.c.next_level_id, isouter=True)
        .order_by(decision.c.decided_at, decision.c.code)
    )
    return COMMITTEE_DECISIONS.frame(session.connection().execute(statement).all())


def decision_signatures(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return DECISION_SIGNATURES, by decision and then by the moment of signing."""
    decision, signature = known(CommitteeDecision, as_of, study_id), known(DecisionSignature, as_of, study_id)
    columns = ("signer", "role", "meaning", "signed_at", "head_sequence", "head_hash")
    statement = (
        select(decision.c.code, *(signature.c[name] for name in columns), signature.c.decision_known_from == decision.c.known_from)
        .join(decision, decision.c.id == signature.c.decision_id)
        .order_by(decision.c.decided_at, decision.c.code, signature.c.signed_at, signature.c.signer, signature.c.id)
    )
    return DECISION_SIGNATURES.frame(session.connection().execute(statement).all())


def lots(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return LOTS, the one that expires last first."""
    lot, dose = known(ProductLot, as_of, study_id), known(Administration, as_of, study_id)
    given = select(dose.c.lot_id, func.count().label("n")).group_by(dose.c.lot_id).subquery()
    statement = (
        select(lot.c.code, lot.c.released_on, lot.c.expires_on, lot.c.release_viability_percent, func.coalesce(given.c.n, 0))
        .join(given, given.c.lot_id == lot.c.id, isouter=True)
        .order_by(lot.c.expires_on.desc(), lot.c.code)
    )
    return LOTS.frame(session.connection().execute(statement).all())
