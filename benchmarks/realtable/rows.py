"""The rows of the table: a path, and what it is run with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from labelbridge.bootstrap import Plan, TutorshipSettings
from labelbridge.bootstrap.settings import BootstrapPath
from realtable.material import Material

__all__ = ["ROWS", "Row"]


@dataclass(frozen=True)
class Row:
    """A path and what it is run with.

    Attributes
    ----------
    title
        Name in the tables.
    path
        The path.
    is_translated
        Whether a trained translator takes the place of `intensity`.
    settings
        What differs from the usual `TutorshipSettings`, by name.
    goes_on_from
        Name of the row with whose model the training begins, or None.
    """

    title: str
    path: BootstrapPath
    is_translated: bool = False
    settings: Mapping[str, object] = field(default_factory=dict)
    goes_on_from: str | None = None

    def translator_of(self, material: Material) -> Path | None:
        """Return the translator that the row uses, if it uses one."""
        return material.translator if self.is_translated else None

    def plan(self, material: Material, seed: int) -> Plan:
        """Return the plan of the row with a seed; its translator must be at hand."""
        chosen = material.settings.model_dump() | {**self.settings, "seed": seed}
        settings = TutorshipSettings.model_validate(chosen)
        return Plan(self.path, material.labeled, translator=self.translator_of(material), settings=settings)


ROWS = {
    "direct": Row("direct", "direct"),
    "adaptation": Row("adaptation", "adaptation"),
    "tutorship-alone": Row("tutorship without self-training", "tutorship", settings={"rounds": 0}),
    "tutorship": Row("tutorship", "tutorship", goes_on_from="tutorship-alone"),
    "tutorship-half": Row("tutorship, half as long, one round", "tutorship", settings={"length": 0.5, "rounds": 1}),
    "adaptation-syndiff": Row("adaptation, SynDiff", "adaptation", is_translated=True),
    "tutorship-syndiff": Row(
        "tutorship, SynDiff alone", "tutorship", is_translated=True, settings={"translated_share": 1.0}
    ),
    "tutorship-mixed": Row(
        "tutorship, SynDiff and stylist mixed", "tutorship", is_translated=True, settings={"translated_share": 0.5}
    ),
}
"""All rows by name, in the order of the tables."""
