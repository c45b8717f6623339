"""Models in memory, so that the same one is not loaded twice."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from labelbridge.core import Device

if TYPE_CHECKING:
    from labelbridge.segment.nnunet.predict import NnUnetSegmenter
    from labelbridge.translate.syndiff.predict import SynDiffTranslator

__all__ = ["LoadedModels", "stamp_of"]

_Model = TypeVar("_Model")


class LoadedModels:
    """Holds the segmenter and the translator that were used last; loads anew where folder, files or settings differ."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[object, Any]] = {}

    def segmenter(self, folder: Path, device: Device, overlap: float | None) -> "NnUnetSegmenter":
        """Return the model of a folder, as `NnUnetSegmenter.load` does."""
        from labelbridge.segment.nnunet.predict import NnUnetSegmenter

        key = (stamp_of(folder), device, overlap)
        return self._kept("segmenter", key, lambda: NnUnetSegmenter.load(folder, device=device, overlap=overlap))

    def translator(self, folder: Path, device: Device, seed: int, overlap: float | None) -> "SynDiffTranslator":
        """Return the translator of a folder, as `SynDiffTranslator.load` does."""
        from labelbridge.translate.syndiff.predict import SynDiffTranslator

        key = (stamp_of(folder), device, seed, overlap)
        return self._kept("translator", key, lambda: SynDiffTranslator.load(folder, device, seed=seed, overlap=overlap))

    def forget(self) -> None:
        """Let go of all models."""
        self._held.clear()

    def _kept(self, kind: str, key: object, load: Callable[[], _Model]) -> _Model:
        if kind in self._held and self._held[kind][0] != key:
            del self._held[kind]  # before the next one needs the memory
        if kind not in self._held:
            self._held[kind] = key, load()
        model: _Model = self._held[kind][1]
        return model


def stamp_of(folder: Path) -> tuple[object, ...]:
    """Return what tells a model's folder from others and from what it was before: its place, sizes and times."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return folder.resolve(), *((file, file.stat().st_size, file.stat().st_mtime_ns) for file in files)
