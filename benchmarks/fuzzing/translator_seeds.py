"""Whole translators: a folder of ours, and generators as the published code leaves them."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from fuzzing.image_seeds import files_in
from fuzzing.mutations import Files

__all__ = ["GENERATOR_SEEDS", "TRANSLATOR_SEEDS"]


def _generator() -> bytes:
    """Return a small generator in the published layout."""
    import torch

    from labelbridge.translate.syndiff.foreign.layout import published_names
    from labelbridge.translate.syndiff.package import expected_shapes
    from labelbridge.translate.syndiff.settings import Architecture

    sizes = Architecture(generator_channels=8, generator_multipliers=(1, 2), generator_blocks=1, attention_levels=(1,))
    shapes = expected_shapes(sizes, Path("seed"))
    random = torch.Generator().manual_seed(0)
    state = {
        f"module.{name}": torch.rand(shapes[ours][:2] if name.endswith(".W") else shapes[ours], generator=random)
        for name, ours in published_names(sizes)
        if ours in shapes
    }
    stream = BytesIO()
    torch.save(state, stream)
    return stream.getvalue()


def _published() -> Files:
    return {f"exp/gen_diffusive_{contrast}_50.pth": _generator() for contrast in (1, 2)}


def _ours() -> Files:
    from labelbridge.translate.syndiff.foreign.importing import import_translator

    with TemporaryDirectory() as folder:
        for name, content in _published().items():
            (Path(folder) / name).parent.mkdir(exist_ok=True)
            (Path(folder) / name).write_bytes(content)
        import_translator(Path(folder, "exp"), Path(folder, "ours"), name="seed", contrast1="labeled")
        return {f"translator/{name}": content for name, content in files_in(Path(folder, "ours")).items()}


GENERATOR_SEEDS: dict[str, Callable[[], Files]] = {"SynDiff generators": _published}
"""Makers of translators that are imported."""

TRANSLATOR_SEEDS: dict[str, Callable[[], Files]] = {"our translator": _ours}
"""Makers of translators that are loaded."""
