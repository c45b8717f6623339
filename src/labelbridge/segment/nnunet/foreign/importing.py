"""From a stock nnU-Net model to a model folder of ours."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labelbridge.core import InputError, ModelCard, Reporter
from labelbridge.io.modelfolder import CARD
from labelbridge.io.newfolder import new_folder
from labelbridge.io.provenance import sha256_of, versions
from labelbridge.io.sourcefiles import SourceFile
from labelbridge.segment.nnunet.foreign.checkpoint import Checkpoint, fitted_network, read_checkpoint
from labelbridge.segment.nnunet.foreign.files import StockFiles, open_stock
from labelbridge.segment.nnunet.foreign.labels import class_names
from labelbridge.segment.nnunet.foreign.plans import check_channels, kept_plans
from labelbridge.segment.nnunet.loading import describe_model, read_json, write_weights
from labelbridge.segment.nnunet.plans import CONFIGURATION

__all__ = ["ModelFacts", "import_model"]

_STAGE = "importing"


@dataclass(frozen=True)
class ModelFacts:
    """What is known of a model beside its files.

    Attributes
    ----------
    licence
        Licence of the weights; None takes what dataset.json says.
    description
        What the model is for; None takes what dataset.json says.
    pixel_size_um
        Pixel size of all its training images, or None where it is not one.
    origin
        Where it came from; None takes the name of the file or folder and a SHA-256.
    """

    licence: str | None = None
    description: str | None = None
    pixel_size_um: float | None = None
    origin: str | None = None


def import_model(
    source: Path, out: Path, *, name: str, facts: ModelFacts | None = None, reporter: Reporter | None = None
) -> ModelCard:
    """Make a model folder of a trained nnU-Net v2 model, without running anything of it.

    All folds are kept. Preprocessing stays what nnU-Net did: the file's own intensities, normalised as its plans say.

    Parameters
    ----------
    source
        Folder or zip: plans.json, dataset.json, ``fold_*/checkpoint_best.pth`` or ``checkpoint_final.pth``; further
        folders around them do not matter.
    out
        Model folder to write; must not exist or be empty. It appears complete at the end or not at all.
    name
        Name for the card.
    facts
        What else is known.
    reporter
        Told after each fold; asked before whether to stop.

    Raises
    ------
    InputError
        Where the model is incomplete, damaged or unsafe, or is of a kind that LabelBridge does not run.
    Cancelled
        Where the reporter asked to stop.
    """
    if (source / CARD).is_file():
        raise InputError(f"{source}: got a model of LabelBridge; use it as it is.")
    reporter, facts = reporter or Reporter(), facts or ModelFacts()
    with new_folder(out) as building:
        stock = open_stock(source, building / "unpacked")
        card = _write(stock, building, ModelCard(name=name, classes=(), intensities="file"), reporter)
        card = card.model_copy(update=_known(facts, source, stock))
        (building / CARD).write_text(card.model_dump_json(indent=2), encoding="utf-8")
        shutil.rmtree(building / "unpacked", ignore_errors=True)
    return card


def _write(stock: StockFiles, building: Path, card: ModelCard, reporter: Reporter) -> ModelCard:
    """Write everything but the card, and return it with what the files say."""
    plans, dataset = (read_json(file.path, file.shown) for file in (stock.plans, stock.dataset))
    for number, (fold, file) in enumerate(stock.folds.items()):
        reporter.checkpoint()
        checkpoint = read_checkpoint(file)
        if number == 0:
            plans, dataset = _kept(plans, dataset, checkpoint, stock)
            card = card.model_copy(update=_said(plans, dataset, checkpoint, stock))
            (building / "plans.json").write_text(json.dumps(plans, indent=2), encoding="utf-8")
            (building / "dataset.json").write_text(json.dumps(dataset, indent=2), encoding="utf-8")
        model = describe_model(stock.plans.shown.parent, card, plans, dataset)
        write_weights(fitted_network(model, checkpoint, file), building / f"fold_{fold}" / "model.safetensors")
        reporter.progress(number + 1, len(stock.folds), _STAGE)
    return card


def _kept(
    plans: dict[str, Any], dataset: dict[str, Any], checkpoint: Checkpoint, stock: StockFiles
) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        check_channels(dataset, stock.dataset.shown)
        names = class_names(dataset["labels"], stock.dataset.shown)
        kept = kept_plans(plans, checkpoint.configuration or CONFIGURATION, stock.plans.shown)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{stock.plans.shown.parent}: got plans.json or dataset.json not as nnU-Net v2 writes them ({error!r}); "
            "get the whole model again."
        ) from error
    rest = {key: value for key, value in dataset.items() if key != "regions_class_order"}
    return kept, rest | {"labels": {one: value for value, one in enumerate(names)}}


def _said(
    plans: dict[str, Any], dataset: dict[str, Any], checkpoint: Checkpoint, stock: StockFiles
) -> dict[str, object]:
    """Return the fields of the card that follow from the model's own files."""
    return {
        "classes": tuple(dataset["labels"]),
        "folds": tuple(stock.folds),
        "mirror_axes": checkpoint.mirror_axes,
        "licence": str(dataset.get("licence") or dataset.get("license") or "unknown"),
        "description": str(dataset.get("description") or ""),
        "provenance": {
            "imported": {
                "plans": str(plans.get("plans_name")),
                "dataset": str(plans.get("dataset_name")),
                "trainer": checkpoint.trainer,
                "checkpoints": {_in_model(file): sha256_of(file.path) for file in stock.folds.values()},
            },
            "versions": versions(),
        },
    }


def _known(facts: ModelFacts, source: Path, stock: StockFiles) -> dict[str, object]:
    """Return the fields of the card that are known from elsewhere."""
    origin = facts.origin or f"{source.resolve().name} (SHA-256 {_hash(source, stock)})"
    said = {"licence": facts.licence, "description": facts.description, "pixel_size_um": facts.pixel_size_um}
    return {"origin": origin, **{key: value for key, value in said.items() if value is not None}}


def _hash(source: Path, stock: StockFiles) -> str:
    if source.is_file():
        return sha256_of(source)
    first = next(iter(stock.folds.values()))
    return f"{sha256_of(first.path)} of {_in_model(first)}"


def _in_model(file: SourceFile) -> str:
    return "/".join(file.shown.parts[-2:])
