"""The closed lists of words that the record uses, each with its source.

CDISC SDTM controlled terminology (AESEV, AEOUT, AEACN, NCOMPLT) in our own spelling; ICH E2A for seriousness.
"""

GRADES = (1, 2, 3, 4, 5)
SEVERITIES = ("mild", "moderate", "severe")
OUTCOMES = ("fatal", "not recovered", "recovered", "recovered with sequelae", "recovering", "unknown")
ACTIONS = ("dose increased", "dose not changed", "dose reduced", "drug interrupted", "drug withdrawn", "not applicable", "unknown")
CAUSALITIES = ("unrelated", "unlikely", "possible", "probable", "definite")
RELATED = ("possible", "probable", "definite")
"""Causalities that count as a reasonable possibility (ICH E2A yes/no)."""
HEADS = ("product", "procedure", "concomitant", "underlying")
"""The four causes an event is judged against; a protocol gives each its own label."""
JUDGES = ("investigator", "sponsor")
SERIOUSNESS = ("results_in_death", "life_threatening", "hospitalisation", "disability", "congenital_anomaly", "medically_important")
EXPECTEDNESS = ("expected", "unexpected")
DLT_STATES = ("yes", "no", "pending")
PRECISIONS = ("minute", "day", "month", "year", "unknown")
IMPUTED = ("D", "M", "Y")
"""The highest part of a date that was filled in (ADaM date imputation flag)."""
STATUSES = ("screening", "screen failure", "eligible", "enrolled", "on study", "completed", "discontinued", "died")
DECISIONS = ("escalate", "stay", "de-escalate", "stop", "pause")
SIGNATURE_MEANINGS = ("approves", "dissents", "took part")
"""What a signature to a committee's decision means (21 CFR 11.50(a)(3))."""
MEASUREMENT_KINDS = ("laboratory", "vital sign", "neurology", "other")
DISPOSITION_KINDS = ("end of study", "end of treatment", "milestone", "other")
CLAVIEN_DINDO = ("I", "II", "IIIa", "IIIb", "IVa", "IVb", "V")
CLASSINTRA = ("0", "I", "II", "III", "IV", "V")
CHECK_PERIODS = ("intraoperative", "to discharge", "to 30 days", "to 90 days")
"""What a prompted list of complications asks about: the operation, or the time from its end to discharge or to that day after it.

SAVES, the spine surgeons' list of this kind, counts the hospital stay; studies that use it add 30 and 90 days. No text of it is here.
"""
CHECK_ANSWERS = ("occurred", "did not occur", "not assessed")
SEXES = ("female", "male", "unknown")
AIS = ("A", "B", "C", "D", "E")
