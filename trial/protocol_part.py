"""What every part of the protocol file is made of: its kinds of values, and that unknown keys are refused."""

from functools import cache
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


@cache
def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("is not an IANA time zone such as Asia/Shanghai")
    return name


Code = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[\w.+-]+$")]
Words = Annotated[str, Field(min_length=1, max_length=2000)]
Zone = Annotated[str, AfterValidator(_known_zone)]
Days = Annotated[int, Field(ge=0, le=10_000)]
Rate = Annotated[float, Field(ge=0, le=1)]
Head = Literal["product", "procedure", "concomitant", "underlying"]


class Part(BaseModel):
    """A frozen table of the protocol file; a key that it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)
