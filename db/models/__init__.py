"""The tables of the record. Importing this package declares them all, history tables included."""

from db.models.base import Known
from db.models.event import AdverseEvent
from db.models.follow_up import Disposition, Measurement, MedicalHistory, Medication, Visit
from db.models.ledger import AuditEntry, DataIssue, ImportBatch
from db.models.study import Cohort, CommitteeDecision, DoseLevel, ProtocolVersion, Site, Study
from db.models.subject import EligibilityFinding, Subject
from db.models.treatment import Administration, Procedure, ProductLot

__all__ = [
    "Administration",
    "AdverseEvent",
    "AuditEntry",
    "Cohort",
    "CommitteeDecision",
    "DataIssue",
    "Disposition",
    "DoseLevel",
    "EligibilityFinding",
    "ImportBatch",
    "Known",
    "Measurement",
    "MedicalHistory",
    "Medication",
    "Procedure",
    "ProductLot",
    "ProtocolVersion",
    "Site",
    "Study",
    "Subject",
    "Visit",
]
