"""The SDTM domains that are read: their columns, what kind of value each holds, and what identifies a row.

Source: CDISC SDTMIG 3.2 to 3.4, the variables that the record has a place for.
"""

from dataclasses import dataclass
from typing import Literal

ValueKind = Literal["text", "number", "date", "flag", "code"]
"""``code`` is text that may have passed through a number: 1.0 is 1."""


@dataclass(frozen=True)
class Variable:
    """One column of a domain. ``required``: without it the file is refused. ``expected``: its absence is reported."""

    name: str
    kind: ValueKind = "text"
    required: bool = False
    expected: bool = False


@dataclass(frozen=True)
class Domain:
    """One SDTM domain; ``key`` are the columns that identify a row, those in ``filled`` must not be blank."""

    code: str
    label: str
    variables: tuple[Variable, ...]
    key: tuple[str, ...]
    filled: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns that are read."""
        return tuple(variable.name for variable in self.variables)


def _domain(code: str, label: str, columns: str, *, key: str, filled: str | None = None) -> Domain:
    """Declare a domain. Columns are written NAME, NAME:kind, with ! for required and ? for expected."""
    variables = []
    for word in f"STUDYID {columns}".split():
        name, _, kind = word.rstrip("!?").partition(":")
        variables.append(Variable(name, _KINDS[kind], required=word.endswith("!"), expected=word.endswith("?")))
    keys = tuple(key.split())
    return Domain(code, label, tuple(variables), keys, tuple(filled.split()) if filled else keys)


_KINDS: dict[str, ValueKind] = {"": "text", "code": "code", "number": "number", "date": "date", "flag": "flag"}

_FINDINGS_COLUMNS = (
    "USUBJID! --SEQ:code! --TESTCD! --TEST --ORRES --ORRESU --STRESC --STRESN:number --STRESU --ORNRLO --ORNRHI --STNRLO:number "
    "--STNRHI:number --NRIND --BLFL:flag --STAT VISIT --DTC:date!"
)

DOMAINS: dict[str, Domain] = {
    domain.code: domain
    for domain in (
        _domain(
            "DM",
            "demographics",
            "USUBJID! ARM! ARMCD ACTARM? ACTARMCD ARMNRS SITEID? COUNTRY SEX AGE:number? AGEU RFSTDTC:date? RFENDTC:date RFXSTDTC:date "
            "RFXENDTC:date RFICDTC:date RFPENDTC:date DMDTC:date DTHDTC:date DTHFL:flag",
            key="USUBJID",
        ),
        _domain(
            "EX",
            "exposure",
            "USUBJID! EXSEQ:code! EXTRT! EXSTDTC:date! EXENDTC:date? EXDOSE:number? EXDOSU EXROUTE EXLOC EXLOT EXADJ EXDTC:date",
            key="USUBJID EXSEQ",
        ),
        _domain(
            "EC",
            "exposure as collected",
            "USUBJID! ECSEQ:code! ECTRT! ECSTDTC:date! ECENDTC:date? ECDOSE:number? ECDOSU ECROUTE ECLOC ECLOT ECADJ "
            "ECOCCUR:flag ECDTC:date",
            key="USUBJID ECSEQ",
        ),
        _domain(
            "AE",
            "adverse events",
            "USUBJID! AESEQ:code! AETERM! AESTDTC:date! AEENDTC:date? AEDTC:date AEDECOD? AEBODSYS AESOC AESEV AETOXGR AESER:flag? AEREL? "
            "AEOUT? AEACN AEENRF AEENRTPT AESDTH:flag AESLIFE:flag AESHOSP:flag AESDISAB:flag AESCONG:flag AESMIE:flag "
            "AESCAN:flag AESOD:flag AESTDY:number AETRTEM:flag",
            key="USUBJID AESEQ",
        ),
        _domain(
            "SUPPAE",
            "supplemental qualifiers of adverse events",
            "RDOMAIN! USUBJID! IDVAR! IDVARVAL:code! QNAM! QVAL!",
            key="USUBJID IDVAR IDVARVAL QNAM",
        ),
        _domain(
            "DS", "disposition", "USUBJID! DSSEQ:code! DSDECOD! DSTERM DSCAT DSSCAT EPOCH DSSTDTC:date! DSDTC:date", key="USUBJID DSSEQ"
        ),
        _domain(
            "SV",
            "subject visits",
            "USUBJID! VISITNUM:code! VISIT SVSTDTC:date! SVENDTC:date",
            key="USUBJID VISITNUM SVSTDTC",
            filled="USUBJID",
        ),
        *(
            _domain(
                code,
                label,
                _FINDINGS_COLUMNS.replace("--", code),
                key=f"USUBJID {code}SEQ",
            )
            for code, label in (("VS", "vital signs"), ("LB", "laboratory"), ("NV", "nervous system findings"))
        ),
        _domain(
            "CM",
            "concomitant medication",
            "USUBJID! CMSEQ:code! CMTRT! CMDECOD CMINDC CMDOSE:number CMDOSTXT CMDOSU CMDOSFRQ CMROUTE CMSTDTC:date CMENDTC:date "
            "CMDTC:date CMENRF CMENRTPT",
            key="USUBJID CMSEQ",
        ),
        _domain(
            "MH",
            "medical history",
            "USUBJID! MHSEQ:code! MHTERM! MHDECOD MHBODSYS MHCAT MHSTDTC:date MHENDTC:date MHDTC:date",
            key="USUBJID MHSEQ",
        ),
        _domain(
            "PR", "procedures", "USUBJID! PRSEQ:code! PRTRT! PRDECOD PRSTDTC:date PRENDTC:date PRDTC:date PROCCUR:flag", key="USUBJID PRSEQ"
        ),
        _domain("TA", "trial arms", "ARMCD! ARM! TAETORD:code", key="ARMCD TAETORD"),
    )
}
"""Every domain that is read, by its code."""

ANALYSIS_VARIABLES = frozenset({"TRTSDT", "TRTEDT", "TRTA", "TRTP", "TRT01P", "PARAMCD", "SAFFL", "ASTDT", "ADT"})
"""Variables of analysis datasets (ADaM), which resemble SDTM but are derived from it and not read."""


def recognise(columns: dict[str, list[str]]) -> str | None:
    """Return the code of the SDTM dataset that ``columns`` make, also of those that are not read; None for anything else.

    By the DOMAIN column, or by the variables that only one domain has; never by the name of the file.
    """
    if "QNAM" in columns and "RDOMAIN" in columns:
        related = {value.upper() for value in columns["RDOMAIN"] if value}
        return f"SUPP{related.pop()}" if len(related) == 1 else "SUPPQUAL"
    if "RELID" in columns and "RDOMAIN" in columns:
        return "RELREC"
    codes = {value.upper() for value in columns.get("DOMAIN", []) if value}
    if len(codes) == 1:
        return codes.pop()
    if codes or ANALYSIS_VARIABLES & columns.keys():
        return None
    return next((code for code, marks in _MARKS if all(mark in columns for mark in marks)), None)


_MARKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("DM", ("USUBJID", "RFSTDTC")),
    ("SV", ("SVSTDTC",)),
    ("TA", ("ARMCD", "TAETORD:code")),
    *((code, (f"{code}SEQ",)) for code in ("EX", "EC", "AE", "DS", "VS", "LB", "NV", "CM", "MH", "PR")),
    *(
        (topic[:2], (topic,))
        for topic in ("EXTRT", "ECTRT", "AETERM", "DSDECOD", "LBTESTCD", "VSTESTCD", "NVTESTCD", "CMTRT", "MHTERM", "PRTRT")
    ),
)
"""Variables by which a dataset without a DOMAIN column is recognised."""
