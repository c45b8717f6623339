"""The finished model folder: complete or not there."""

import json
import shutil
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from labelbridge.core import LabeledImage, ModelCard
from labelbridge.io.modelfolder import CARD
from labelbridge.io.newfolder import new_folder
from labelbridge.segment.nnunet.dataset import DATASET, FILES_KEY, IGNORE, learnt_classes
from labelbridge.segment.nnunet.plans import PLANS
from labelbridge.segment.nnunet.settings import TrainSettings

__all__ = ["finished_card", "write_model"]


def finished_card(
    card: ModelCard, samples: Sequence[LabeledImage], settings: TrainSettings, metrics: dict[str, float]
) -> ModelCard:
    """Return the card with classes, folds, metrics and the record of the training filled in."""
    record = {
        "settings": settings.model_dump(mode="json"),
        "images": len(samples),
        "trainer": "nnUNetTrainer",
        "versions": {name: version(name) for name in ("nnunetv2", "torch")},
    }
    return card.model_copy(
        update={
            "classes": learnt_classes(samples).names,
            "folds": settings.folds,
            "metrics": {**card.metrics, **metrics},
            "provenance": {**card.provenance, "nnunet": record},
        }
    )


def write_model(work: Path, out: Path, card: ModelCard) -> None:
    """Write the model folder `out` from the trained folds in `work`."""
    with new_folder(out) as building:
        preprocessed = work / "preprocessed" / DATASET
        shutil.copyfile(preprocessed / f"{PLANS}.json", building / "plans.json")
        description = json.loads((preprocessed / "dataset.json").read_bytes())
        description.pop(FILES_KEY)
        description["labels"].pop(IGNORE, None)
        (building / "dataset.json").write_text(json.dumps(description, indent=2), encoding="utf-8")
        for fold in card.folds:
            (building / f"fold_{fold}").mkdir()
            weights = f"fold_{fold}/model.safetensors"
            shutil.copyfile(work / weights, building / weights)
        (building / CARD).write_text(card.model_dump_json(indent=2), encoding="utf-8")
