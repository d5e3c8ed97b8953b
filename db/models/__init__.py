"""The tables of the record. Importing this package declares them all, history tables included."""

from db.models.access import Account, RoleGrant
from db.models.base import Known
from db.models.complication import ComplicationCheck
from db.models.event import AdverseEvent
from db.models.follow_up import Disposition, Measurement, MedicalHistory, Medication, Visit
from db.models.grading import CtcaeTerm, MeddraTerm
from db.models.ledger import AuditEntry, DataIssue, ImportBatch
from db.models.opinion import Comment, DecisionSignature, Review
from db.models.study import Cohort, CommitteeDecision, DoseLevel, ProtocolVersion, Site, Study
from db.models.subject import EligibilityFinding, Subject
from db.models.treatment import Administration, Procedure, ProductLot

__all__ = [
    "Account",
    "Administration",
    "AdverseEvent",
    "AuditEntry",
    "Cohort",
    "Comment",
    "CommitteeDecision",
    "ComplicationCheck",
    "CtcaeTerm",
    "DataIssue",
    "DecisionSignature",
    "Disposition",
    "DoseLevel",
    "EligibilityFinding",
    "ImportBatch",
    "Known",
    "Measurement",
    "MeddraTerm",
    "MedicalHistory",
    "Medication",
    "Procedure",
    "ProductLot",
    "ProtocolVersion",
    "Review",
    "RoleGrant",
    "Site",
    "Study",
    "Subject",
    "Visit",
]
