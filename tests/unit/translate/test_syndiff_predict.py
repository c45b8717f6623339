"""Images of any size and scale are translated whole: seeded, without seams, in bounded memory."""

import tracemalloc

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from labelbridge.core import Cancelled, Image, InputError, Reporter, TranslatorCard, resample, scaled_shape
from labelbridge.translate.intensity import centred
from labelbridge.translate.syndiff.diffusion import Diffusion
from labelbridge.translate.syndiff.networks import DiffusiveGenerator
from labelbridge.translate.syndiff.noise import Noise
from labelbridge.translate.syndiff.package import write_translator
from labelbridge.translate.syndiff.predict import SynDiffTranslator
from labelbridge.translate.syndiff.settings import Architecture
from labelbridge.translate.syndiff.tiles import TiledAxis, Tiling
from labelbridge.translate.syndiff.timing import time_translation

MULTIPLE = 4


class Source(nn.Module):
    """Estimates that x_0 is the source."""

    def forward(self, x: Tensor, t: Tensor, z: Tensor) -> Tensor:
        return x[:, 1:]


class Inverted(nn.Module):
    """Estimates that x_0 is the source's negative."""

    def forward(self, x: Tensor, t: Tensor, z: Tensor) -> Tensor:
        return -x[:, 1:]


class Mixed(nn.Module):
    """A function of all that the generator gets, of each pixel by itself; notes the shapes that it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.shapes: list[tuple[int, ...]] = []

    def forward(self, x: Tensor, t: Tensor, z: Tensor) -> Tensor:
        self.shapes.append(tuple(x.shape))
        return torch.tanh(x[:, :1] + x[:, 1:] + z.mean(1)[:, None, None, None] + 0.1 * t[:, None, None, None])


class TileMean(nn.Module):
    """Estimates that x_0 is flat, as bright as the tile: neighbouring tiles disagree."""

    def forward(self, x: Tensor, t: Tensor, z: Tensor) -> Tensor:
        return x[:, 1:].mean((2, 3), keepdim=True).expand(-1, -1, *x.shape[2:])


def translator(network: nn.Module, **settings) -> SynDiffTranslator:
    generators = {"to_labeled": network, "to_unlabeled": Inverted()}
    return SynDiffTranslator(generators, **{"multiple_px": MULTIPLE, "tile_px": 64, **settings})


def image(shape: tuple[int, int], seed: int = 0) -> Image:
    return Image(np.random.default_rng(seed).random(shape, np.float32) * 200 + 30, "new")


def tiny_network() -> DiffusiveGenerator:
    torch.manual_seed(0)
    architecture = Architecture(
        generator_channels=8, generator_multipliers=(1, 2), generator_blocks=1, attention_levels=()
    )
    network = DiffusiveGenerator(architecture).eval()
    nn.init.normal_(network.tail.weight, std=0.1)
    return network


@pytest.mark.parametrize("shape", [(16, 16), (17, 300), (700, 90)])
def test_a_generator_that_returns_its_source_gives_the_centred_image(shape: tuple[int, int]) -> None:
    source = image(shape)
    own = translator(Source())
    np.testing.assert_allclose(own.to_labeled(source, Reporter()).data, centred(source.data), atol=1e-5)
    np.testing.assert_allclose(own.to_unlabeled(source, Reporter()).data, 1 - centred(source.data), atol=1e-5)


@pytest.mark.usefixtures("full_precision")
def test_a_tile_is_sampled_as_the_equations_say() -> None:
    network, source, noise = tiny_network(), image((32, 32)), Noise(5)
    constants = Diffusion()
    y = torch.from_numpy(2 * centred(source.data) - 1)[None, None]

    def epsilon(t: int) -> Tensor:
        return torch.from_numpy(noise.epsilon(t, (0, 0), (32, 32)))[None, None]

    x = epsilon(4)
    with torch.no_grad():
        for t in (3, 2, 1, 0):
            x0_hat = network(torch.cat([x, y], 1), torch.tensor([t]), torch.from_numpy(noise.z(t))[None])
            x = constants.c1[t] * x0_hat + constants.c2[t] * x + (constants.variance[t].sqrt() * epsilon(t) if t else 0)
    expected = ((x[0, 0] + 1) / 2).numpy()
    assert expected.std() > 0.02
    np.testing.assert_allclose(translator(network, seed=5).to_labeled(source, Reporter()).data, expected, atol=1e-5)


@pytest.mark.parametrize("shape", [(16, 16), (75, 130)])
def test_a_real_network_takes_any_shape(shape: tuple[int, int]) -> None:
    result = translator(tiny_network()).to_labeled(image(shape), Reporter())
    assert result.shape == shape
    assert result.data.dtype == np.float32
    assert 0 <= result.data.min() < result.data.max() <= 1


def test_the_seed_decides() -> None:
    source = image((60, 90))
    one, again, other = (translator(Mixed(), seed=seed).to_labeled(source, Reporter()).data for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).mean() > 0.01


@pytest.mark.parametrize(("tile_px", "overlap", "batch"), [(16, 0.25, 1), (64, 0.6, 1), (48, 0.25, 5), (512, 0.25, 2)])
def test_all_tiles_share_one_noise(monkeypatch, tile_px: int, overlap: float, batch: int) -> None:
    source = image((150, 210))
    expected = translator(Mixed()).to_labeled(source, Reporter()).data
    monkeypatch.setattr("labelbridge.translate.syndiff.predict.PX_AT_ONCE", {"cpu": batch * tile_px**2})
    network = Mixed()
    result = translator(network, tile_px=tile_px, overlap=overlap).to_labeled(source, Reporter()).data
    np.testing.assert_allclose(result, expected, atol=1e-5)
    tiles = len(Tiling.cut(source.shape, tile_px, MULTIPLE, overlap))
    assert max(shape[0] for shape in network.shapes) == min(batch, tiles)


def jump(overlap: float) -> float:
    """Return the largest step between rows where a tile begins or ends over the mean step."""
    ramp = np.tile(np.linspace(0, 1, 512, dtype=np.float32)[:, None], (1, 130))
    own = translator(TileMean(), tile_px=128, overlap=overlap)
    steps = np.abs(np.diff(own.to_labeled(Image(ramp, "ramp"), Reporter()).data, axis=0)).mean(axis=1)
    rows = TiledAxis.cut(512, 128, MULTIPLE, overlap)
    borders = np.unique([border for start in rows.starts for border in (start, start + rows.side)])[1:-1]
    return float(steps[borders - 1].max() / steps.mean())


def test_there_is_no_jump_at_the_borders_of_tiles() -> None:
    assert jump(overlap=0.5) < 1.5
    assert jump(overlap=0.25) < 0.5
    assert jump(overlap=0.0) > 50


def test_fibres_are_brought_to_the_size_of_the_training_and_back() -> None:
    source = image((90, 130))
    network = Mixed()
    result = translator(network, structure_size_px=20.0, tile_px=512).at(40.0).to_labeled(source, Reporter())
    assert set(network.shapes) == {(1, 2, 48, 68)}
    assert result.shape == (90, 130)
    own = translator(Source(), structure_size_px=20.0).at(40.0)
    there = centred(resample(source.data, scaled_shape((90, 130), 0.5)))
    np.testing.assert_allclose(own.to_labeled(source, Reporter()).data, resample(there, (90, 130)), atol=1e-5)


def test_a_folder_is_loaded_with_the_size_and_the_crops_of_its_training(tmp_path) -> None:
    architecture = Architecture(
        generator_channels=8, generator_multipliers=(1, 1, 1, 1), generator_blocks=1, attention_levels=()
    )
    one, other = (DiffusiveGenerator(architecture).state_dict() for _ in range(2))
    card = TranslatorCard(
        name="test", architecture=architecture.model_dump(mode="json"), structure_size_px=30, crop_px=48
    )
    write_translator({"to_labeled": one, "to_unlabeled": other}, card, tmp_path / "translator")
    own = SynDiffTranslator.load(tmp_path / "translator", "cpu", seed=4)
    assert (own.structure_size_px, own.tile_px, own.multiple_px, own.seed) == (30, 48, 8, 4)
    assert own.at(60.0).to_labeled(image((70, 90)), Reporter()).shape == (70, 90)


@pytest.mark.parametrize("settings", [{"fibre_px": 3.0}, {"structure_size_px": 3.0}, {}])
def test_without_both_sizes_an_image_is_translated_as_it_is(settings: dict[str, float]) -> None:
    source = image((40, 50))
    result = translator(Source(), **settings).to_labeled(source, Reporter())
    np.testing.assert_allclose(result.data, centred(source.data), atol=1e-5)


def test_mean_and_spread_are_those_of_the_samples() -> None:
    source, own = image((40, 70)), translator(Mixed(), seed=3)
    drawn = []
    for count in (2, 3, 4):
        translation = own.sample(source, "to_labeled", count, Reporter())
        drawn.append(translation.mean.data.astype(np.float64) * count)
    first = own.to_labeled(source, Reporter()).data.astype(np.float64)
    samples = np.stack([first, drawn[0] - first, drawn[1] - drawn[0], drawn[2] - drawn[1]])
    assert samples.std(axis=0).min() > 0
    assert -1e-5 < samples.min() < samples.max() < 1 + 1e-5
    np.testing.assert_allclose(translation.spread.data, samples.std(axis=0, ddof=1), atol=1e-4)


def test_one_sample_has_no_spread() -> None:
    own = translator(Mixed())
    translation = own.sample(image((20, 20)), "to_labeled", 1, Reporter())
    assert translation.spread is None
    np.testing.assert_array_equal(translation.mean.data, own.to_labeled(image((20, 20)), Reporter()).data)


class Watching(Reporter):
    """Notes progress and asks to stop after some of it."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.told: list[tuple[float, float, str]] = []
        self._stop_after = stop_after

    def progress(self, done: float, total: float, stage: str) -> None:
        self.told.append((done, total, stage))

    def should_stop(self) -> bool:
        return self._stop_after is not None and len(self.told) >= self._stop_after


@pytest.mark.parametrize("forwards", [0, 1, 6])
def test_a_wish_to_stop_is_heard_after_one_forward(forwards: int) -> None:
    network = Mixed()
    with pytest.raises(Cancelled):
        translator(network).to_labeled(image((400, 400)), Watching(stop_after=forwards))
    assert len(network.shapes) == forwards


def test_progress_counts_tiles_up_to_all() -> None:
    reporter = Watching()
    translator(Source()).sample(image((100, 60)), "to_labeled", 2, reporter)
    done, total, stage = reporter.told[-1]
    assert done == total == 2
    assert stage == "sample 2 of 2: translate"
    assert len(reporter.told) == 2 * 4


def test_a_tile_is_timed_as_one_of_as_many_as_go_through_the_network_at_once() -> None:
    network = Mixed()
    own = SynDiffTranslator({"to_unlabeled": network}, MULTIPLE, tile_px=64)
    times = time_translation(own)
    assert max(shape[0] for shape in network.shapes) == own.tiles_at_once == 16
    assert times.tile_s > 0
    assert times.of((64, 64)) == times.tile_s
    assert times.of((400, 300)) == times.tile_s * len(Tiling.cut((400, 300), 64, MULTIPLE, own.overlap))


class Hungry(nn.Module):
    """Has room for tiles up to a side."""

    def __init__(self, most_px: int) -> None:
        super().__init__()
        self._most_px = most_px

    def forward(self, x: Tensor, t: Tensor, z: Tensor) -> Tensor:
        if x.shape[-1] > self._most_px:
            raise torch.OutOfMemoryError("no room")
        return x[:, 1:]


def test_tiles_shrink_until_there_is_room() -> None:
    source = image((300, 300))
    result = translator(Hungry(64), tile_px=256).to_labeled(source, Reporter())
    np.testing.assert_allclose(result.data, centred(source.data), atol=1e-5)
    with pytest.raises(InputError, match="not enough even for tiles of 64 px") as caught:
        translator(Hungry(32), tile_px=256).to_labeled(source, Reporter())
    assert isinstance(caught.value.__cause__, torch.OutOfMemoryError)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [({"fibre_px": 0.0}, "fibres of 0.0 px"), ({"fibre_px": np.nan}, "fibres of nan"), ({"overlap": 1.0}, "overlap")],
)
def test_what_cannot_be_is_refused(settings: dict[str, float], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        translator(Source(), **settings)


def test_no_sample_is_refused() -> None:
    with pytest.raises(InputError, match="at least 1"):
        translator(Source()).sample(image((20, 20)), "to_labeled", 0, Reporter())


def peak_bytes(height: int) -> int:
    source = image((height, 128))
    own = translator(Source(), tile_px=128, structure_size_px=20.0).at(22.0)
    tracemalloc.start()
    own.sample(source, "to_labeled", 2, Reporter())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_does_not_grow_with_the_image(monkeypatch) -> None:
    monkeypatch.setattr("labelbridge.core.scratch.IN_MEMORY_BYTES", 0)
    monkeypatch.setattr("labelbridge.core.plane.LOOK_PX", 2**14)
    monkeypatch.setattr("labelbridge.core.plane._BAND_PX", 2**14)
    assert peak_bytes(12_000) - peak_bytes(6_000) < 0.1 * 4 * 128 * 6_000


def test_networks_that_saw_files_as_they_are_get_them_so():
    data = np.linspace(20, 120, 40 * 44, dtype=np.float32).reshape(40, 44)
    translated = translator(Source(), white=255.0).to_labeled(Image(data, "a"), Reporter())
    np.testing.assert_allclose(translated.data, data / 255, atol=1e-5)


@pytest.mark.parametrize("factor", [257.0, 1 / 255])
def test_other_ranges_than_such_networks_know_are_one_sentence(factor):
    data = factor * np.linspace(20, 255, 40 * 44, dtype=np.float32).reshape(40, 44)
    with pytest.raises(InputError, match=r"a: got intensities up to .*, expected them between 0 and 255 .*; convert"):
        translator(Source(), white=255.0).to_labeled(Image(data, "a"), Reporter())
