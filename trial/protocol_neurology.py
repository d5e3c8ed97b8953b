"""``[neurology]`` of the protocol file: from which loss of function on an examination is amber or red."""

from pydantic import Field, model_validator

from trial.protocol_part import Part


class NeurologyPart(Part):
    """Losses since the subject's own baseline, in points, levels and AIS steps; no published standard fixes them (SAFETY.md section 4)."""

    red_motor: int = Field(default=10, ge=1, le=100)
    red_levels: int = Field(default=2, ge=1, le=28)
    red_ais_steps: int = Field(default=1, ge=1, le=4)
    amber_motor: int = Field(default=5, ge=1, le=100)
    amber_upper: int = Field(default=4, ge=1, le=50)
    amber_levels: int = Field(default=1, ge=1, le=28)
    amber_sensory: int = Field(default=10, ge=1, le=224)

    @model_validator(mode="after")
    def _amber_before_red(self) -> "NeurologyPart":
        if self.amber_motor > self.red_motor or self.amber_levels > self.red_levels:
            raise ValueError("amber must not lie beyond red")
        return self
