"""What is done to the dosed: lots, the operation with its times, and the administrations."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from faker import Faker

from db.models import Administration, DoseLevel, Procedure, ProductLot, Subject
from synthetic.clock import DAY, NEVER, Flags, Floats, Ints, as_date, as_instant
from synthetic.course import Setting
from synthetic.people import People
from synthetic.record import Ids, Rows, Values, make_versions, simple_rows


@dataclass(frozen=True)
class Treatment:
    """Times of the operation and first dose of each dosed subject, UTC minutes; NEVER where there is no operation."""

    anaesthesia: Ints
    incision: Ints
    closure: Ints
    start: Ints
    end: Ints
    known: Ints
    blood_loss: Ints
    alert: Flags
    delivered_share: Floats
    deviation: Ints
    viability: Floats
    lot: Ints


@dataclass(frozen=True)
class Cast:
    """The people of a story, what it is made from and how they were treated: all that events and visits follow from."""

    setting: Setting
    people: People
    treatment: Treatment


def treat(setting: Setting, people: People) -> Treatment:
    """Return how each dosed subject was treated."""
    draw, n = setting.stream("treatment"), people.dosed
    part, given = setting.population.procedure, setting.population.administration
    site = people.site[:n]
    morning = people.zones.to_utc(people.course.day * DAY + draw.integers(7 * 60 + 40, 9 * 60 + 20, n), site)
    never = np.full(n, NEVER, dtype=np.int64)
    if part is None:
        anaesthesia = incision = closure = end = never
        start = morning + draw.integers(0, 90, n)
        last = start
    else:
        anaesthesia = morning
        incision = anaesthesia + _between(part.preparation_minutes, n, draw)
        length = _between(part.minutes, n, draw)
        closure = incision + length
        low, high = given.start_share
        start = incision + (length * draw.uniform(low, high, n)).astype(np.int64)
        end = np.minimum(start + _between(given.minutes or (20, 60), n, draw), closure - 15)
        last = closure
    loss = (part.blood_loss_ml if part else 0.0) * np.exp(draw.normal(0, 0.45, n))
    deviates = draw.random(n) < given.deviation
    share = np.where(deviates, draw.uniform(0.75, 0.9, n), draw.uniform(0.96, 1.0, n) if part else np.ones(n))
    return Treatment(
        anaesthesia,
        incision,
        closure,
        start,
        end,
        last + draw.integers(3 * 60, 20 * 60, n),
        (np.round(loss / 10) * 10).astype(np.int64),
        draw.random(n) < (part.alert if part else 0.0),
        share,
        np.where(deviates, draw.integers(0, max(len(given.deviations), 1), n), -1),
        np.round(draw.uniform(*(given.viability_percent or (0.0, 0.0)), n), 1),
        np.arange(n) // given.subjects_per_lot if given.subjects_per_lot else np.full(n, -1),
    )


def _between(limits: tuple[float, float], count: int, draw: np.random.Generator) -> Ints:
    return draw.integers(int(limits[0]), int(limits[1]) + 1, count).astype(np.int64)


def lot_rows(setting: Setting, people: People, treatment: Treatment) -> Rows:
    """Return PRODUCT_LOT rows: each lot serves a few subjects and is released a month before the first of them."""
    part, draw = setting.population.administration, setting.stream("lots")
    count = int(treatment.lot.max()) + 1 if len(treatment.lot) else 0
    faker = Faker()
    faker.seed_instance(setting.seed)
    codes: dict[str, None] = {}
    while len(codes) < count:
        codes[faker.bothify(part.lot_code, letters="ABCDEFGHKLMNPQRSTVWXYZ")] = None
    names = list(codes)
    first = people.course.day[:: max(part.subjects_per_lot, 1)]
    released = [int(day) - int(days) for day, days in zip(first[:count], draw.integers(20, 45, count), strict=True)]
    viability = np.round(draw.uniform(88, 97, count), 1).tolist()

    def build(index: int, _ids: Ids) -> list[Values]:
        """The versions of a lot."""
        return [
            {
                "known_from": as_instant(setting.at_study(released[index], 16)),
                "code": names[index],
                "released_on": as_date(released[index]),
                "expires_on": as_date(released[index] + 540),
                "release_viability_percent": viability[index] if part.viability_percent else None,
            }
        ]

    return simple_rows(ProductLot, [setting.at_study(day, 16) for day in released], build)


def procedure_rows(setting: Setting, people: People, treatment: Treatment) -> Rows | None:
    """Return PROCEDURE rows, one for each dosed subject; None where the product is given without one."""
    part = setting.population.procedure
    if part is None:
        return None

    def build(index: int, ids: Ids) -> list[Values]:
        """The versions of a procedure."""
        return [
            {
                "known_from": as_instant(int(treatment.known[index])),
                "code": f"OP-{people.code[index]}",
                "subject_id": int(ids[Subject][index]),
                "type": part.type,
                "performed_on": as_date(int(people.course.day[index])),
                "anaesthesia": part.anaesthesia,
                "anaesthesia_started_at": as_instant(int(treatment.anaesthesia[index])),
                "incision_at": as_instant(int(treatment.incision[index])),
                "closure_at": as_instant(int(treatment.closure[index])),
                "blood_loss_ml": float(treatment.blood_loss[index]),
                "neuromonitoring": part.neuromonitoring,
                "neuromonitoring_alert": bool(treatment.alert[index]) if part.neuromonitoring else None,
            }
        ]

    return simple_rows(Procedure, treatment.known, build)


def dose_vector(setting: Setting, level: int, share: float = 1.0) -> str:
    """Return the dose vector of a 0-based level as JSON text, its first amount multiplied by ``share``."""
    parts = [part.model_dump() for part in setting.protocol.dose_levels[level].vector]
    if isinstance(parts[0]["value"], float) and share < 1:
        parts[0]["value"] = float(f"{parts[0]['value'] * share:.3g}")
    return json.dumps(parts, ensure_ascii=False)


def leading_amount(setting: Setting, level: int) -> float | None:
    """Return the first amount of the dose vector of a 0-based level; None when it is not a number."""
    value = setting.protocol.dose_levels[level].vector[0].value
    return float(value) if isinstance(value, float) else None


@dataclass(frozen=True)
class _Doses:
    """One entry per administration: whose, the how manieth, its days, and when it became known."""

    subject: Ints
    number: Ints
    first: Ints
    last: Ints
    known: Ints
    known_end: Ints


def _list_doses(setting: Setting, people: People, treatment: Treatment) -> _Doses:
    """One dose at once, or cycles as long as the subject stays."""
    part, n = setting.population.administration, people.dosed
    start, end = people.course.day, people.end[:n]
    cycles = np.maximum(np.minimum(part.cycles, (end - start) // part.cycle_days + 1), 1) if part.cycle_days else np.ones(n, dtype=np.int64)
    subject = np.repeat(np.arange(n), cycles)
    number = np.arange(len(subject)) - np.repeat(np.cumsum(cycles) - cycles, cycles)
    first = start[subject] + number * part.cycle_days
    last = np.minimum(first + max(part.cycle_days - 1, 0), end[subject])
    known = treatment.known[subject] + number * part.cycle_days * DAY
    return _Doses(subject, number, first, last, known, known + (last - first) * DAY + 600)


def administration_rows(setting: Setting, people: People, treatment: Treatment) -> Rows:
    """Return ADMINISTRATION rows; a cycle gets its last day when it is over."""
    doses, part = _list_doses(setting, people, treatment), setting.population.administration
    planned = [dose_vector(setting, level) for level in range(len(setting.protocol.dose_levels))]

    def build(index: int, ids: Ids) -> list[Values]:
        """The versions of an administration."""
        subject = int(doses.subject[index])
        level = int(people.course.level[subject])
        share = float(treatment.delivered_share[subject])
        amount = leading_amount(setting, level)
        day = int(doses.first[index])
        instant = as_instant(int(treatment.start[subject])) if part.minutes else None
        row: Values = {
            "known_from": as_instant(int(doses.known[index])),
            "code": f"EX-{people.code[subject]}-{int(doses.number[index]) + 1}",
            "subject_id": int(ids[Subject][subject]),
            "number": int(doses.number[index]) + 1,
            "product": setting.protocol.study.product,
            "route": part.route,
            "location": part.location,
            "procedure_id": int(ids[Procedure][subject]) if Procedure in ids else None,
            "lot_id": int(ids[ProductLot][treatment.lot[subject]]) if treatment.lot[subject] >= 0 else None,
            "dose_level_id": int(ids[DoseLevel][level]),
            "planned_amount": amount,
            "delivered_amount": None if amount is None else float(f"{amount * share:.3g}"),
            "amount_unit": setting.protocol.dose_levels[level].vector[0].unit,
            "planned_vector": planned[level],
            "delivered_vector": dose_vector(setting, level, share),
            "viability_percent": float(treatment.viability[subject]) if part.viability_percent else None,
            "deviation": part.deviations[treatment.deviation[subject]] if treatment.deviation[subject] >= 0 else None,
            "last_on": None if part.cycle_days else as_date(day),
            **_start_columns(people, treatment, subject, day, minute=instant is not None),
        }
        if not part.cycle_days:
            return [row]
        return make_versions(row, [(int(doses.known_end[index]), {"last_on": as_date(int(doses.last[index]))})])

    return simple_rows(Administration, doses.known, build)


def _start_columns(people: People, treatment: Treatment, subject: int, day: int, *, minute: bool) -> Values:
    """The start of an administration as collected: to the minute where it is one injection, else the day."""
    if not minute:
        text = str(as_date(day))
        return {"start_text": text, "start_precision": "day", "first_on": as_date(day), "started_at": None, "ended_at": None}
    start = int(treatment.start[subject])
    local = people.zones.to_local(np.array([start]), people.site[subject : subject + 1])[0]
    return {
        "start_text": local_text(int(local)),
        "start_precision": "minute",
        "first_on": as_date(int(local) // DAY),
        "started_at": as_instant(start),
        "ended_at": as_instant(int(treatment.end[subject])),
    }


def local_text(local: int) -> str:
    """Return local minutes as ISO text to the minute."""
    return f"{as_date(local // DAY)}T{local % DAY // 60:02d}:{local % 60:02d}"


def treatment_rows(setting: Setting, people: People, treatment: Treatment) -> Sequence[Rows]:
    """Return lots, procedures and administrations, parents first."""
    procedures = procedure_rows(setting, people, treatment)
    first = [lot_rows(setting, people, treatment)] + ([procedures] if procedures else [])
    return [*first, administration_rows(setting, people, treatment)]
