"""Cards of models in words, for `labelbridge models`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labelbridge.core import ModelCard, StyleStatistics, TranslatorCard

__all__ = ["describe", "summarise"]


def summarise(card: "ModelCard | TranslatorCard") -> str:
    """Return kind, content and size in one line."""
    if card.kind == "translator":
        return f"{card.kind}: {card.method}; {_size(card)}"
    return f"{card.kind}: {_classes(card)}; {_size(card)}; folds {_folds(card)}"


def describe(card: "ModelCard | TranslatorCard") -> dict[str, str]:
    """Return what a card says, provenance aside, in the order in which it is shown."""
    return {
        "name": card.name,
        "kind": card.kind,
        **(_of_translator(card) if card.kind == "translator" else _of_segmenter(card)),
        "description": card.description or "none",
        "origin": card.origin or "trained by LabelBridge",
        "licence": card.licence,
        **{key: f"{value:.3f}" for key, value in card.metrics.items()},
    }


def _of_segmenter(card: "ModelCard") -> dict[str, str]:
    return {
        "classes": _classes(card),
        "structure size": _size(card),
        "look of its labelled images": _look(card.style),
        "pixel size of its images": f"{card.pixel_size_um:g} um" if card.pixel_size_um else "unknown",
        "folds": _folds(card),
    }


def _of_translator(card: "TranslatorCard") -> dict[str, str]:
    return {
        "method": card.method,
        "structure size": _size(card),
        "crops of its training": f"{card.crop_px} px" if card.crop_px else "unknown",
        "look of its labelled images": _look(card.labeled_style),
        "look of its unlabelled images": _look(card.unlabeled_style),
    }


def _classes(card: "ModelCard") -> str:
    return ", ".join(card.classes[1:])


def _size(card: "ModelCard | TranslatorCard") -> str:
    return f"fibres of {card.structure_size_px:.0f} px" if card.structure_size_px else "fibres of unknown size"


def _folds(card: "ModelCard") -> str:
    return ", ".join(card.folds) or "unknown"


def _look(style: "StyleStatistics | None") -> str:
    return style.polarity if style else "unknown"
