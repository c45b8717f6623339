"""Generators as the published code keeps them: written here in its layout, computed here as it computes."""

import math
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from labelbridge.core import Cancelled, InputError, Reporter
from labelbridge.io.provenance import sha256_of
from labelbridge.translate.syndiff.foreign.files import choose_files, holds_generators
from labelbridge.translate.syndiff.foreign.importing import import_translator
from labelbridge.translate.syndiff.foreign.layout import find_architecture
from labelbridge.translate.syndiff.networks.ncsnpp import DiffusiveGenerator
from labelbridge.translate.syndiff.package import read_translator
from labelbridge.translate.syndiff.settings import Architecture

CPU = torch.device("cpu")
SMALL = Architecture(generator_channels=8, generator_multipliers=(1, 2), generator_blocks=1, attention_levels=(1,))
SIZES = [
    SMALL,
    Architecture(generator_channels=8, generator_multipliers=(1, 1, 2), generator_blocks=2, attention_levels=(1, 2)),
    Architecture(generator_channels=16, generator_multipliers=(2, 1, 3), generator_blocks=1, attention_levels=()),
    Architecture(generator_channels=8, generator_multipliers=(2,), generator_blocks=3, attention_levels=(0,)),
]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def make_generator(architecture: Architecture, seed: int) -> DiffusiveGenerator:
    """A generator none of whose weights is near zero, so that none can be lost unnoticed."""
    random = torch.Generator().manual_seed(seed)
    generator = DiffusiveGenerator(architecture)
    with torch.no_grad():
        for parameter in generator.parameters():
            fan = max(1, parameter[0].numel())
            parameter.copy_(torch.randn(parameter.shape, generator=random) / math.sqrt(fan))
    return generator.eval()


def _block(block: Any) -> dict[str, nn.Module]:
    parts = {
        "GroupNorm_0.style": block.norm_1.style,
        "Conv_0": block.conv_1,
        "Dense_0": block.time,
        "GroupNorm_1.style": block.norm_2.style,
        "Conv_1": block.conv_2,
    }
    return parts | ({"Conv_2": block.skip} if block.skip is not None else {})


def _attention(attention: Any) -> dict[str, nn.Module]:
    layers = (attention.query, attention.key, attention.value, attention.out)
    return {"GroupNorm_0": attention.norm, **{f"NIN_{number}": layer for number, layer in enumerate(layers)}}


def _listed(generator: Any) -> Iterator[dict[str, nn.Module]]:
    """Give the modules as they stand in the published list."""
    for layer in (generator.time.linear_1, generator.time.linear_2, generator.head):
        yield {"": layer}
    for level in generator.down:
        for number, block in enumerate(level.blocks):
            yield _block(block)
            if level.attentions:
                yield _attention(level.attentions[number])
        if level.shrink is not None:
            yield _block(level.shrink)
            yield {"Conv2d_0": level.pyramid}
    yield _block(generator.middle_1)
    yield _attention(generator.middle_attention)
    yield _block(generator.middle_2)
    for level in generator.up:
        for block in level.blocks:
            yield _block(block)
        if level.attention is not None:
            yield _attention(level.attention)
        if level.grow is not None:
            yield _block(level.grow)
    yield {"": generator.tail_norm}
    yield {"": generator.tail}


def publish(generator: DiffusiveGenerator, prefix: str = "module.") -> dict[str, Tensor]:
    """The state of a generator in the published layout."""
    state = {}
    for number, parts in enumerate(_listed(generator)):
        for part, layer in parts.items():
            start = ".".join(text for text in (f"all_modules.{number}", part) if text)
            if part.startswith("NIN"):
                state[f"{start}.W"], state[f"{start}.b"] = layer.weight[:, :, 0, 0].T.contiguous(), layer.bias
            else:
                state[f"{start}.weight"], state[f"{start}.bias"] = layer.weight, layer.bias
    for number, layer in enumerate(generator.latent.layers):
        state[f"z_transform.{1 + 2 * number}.weight"] = layer.weight
        state[f"z_transform.{1 + 2 * number}.bias"] = layer.bias
    return {prefix + name: tensor.detach().clone() for name, tensor in state.items()}


class PublishedForward:
    """The published computation, plainly, from a state in the published layout."""

    def __init__(self, state: dict[str, Tensor], attended_px: set[int], levels: int, blocks: int) -> None:
        self.state, self.attended_px, self.levels, self.blocks = state, attended_px, levels, blocks

    def __call__(self, x: Tensor, t: Tensor, z: Tensor) -> Tensor:
        self.number = -1
        width = self.state["all_modules.0.weight"].shape[1]
        steps = torch.exp(-math.log(10000) * torch.arange(width // 2) / (width // 2 - 1))
        time = torch.cat([torch.sin(t[:, None] * steps), torch.cos(t[:, None] * steps)], 1)
        time = F.silu(self._linear(self._next(), time))
        self.time = F.silu(self._linear(self._next(), time))
        z = z / torch.sqrt((z * z).mean(1, keepdim=True) + 1e-8)
        for layer in (1, 3, 5, 7):
            z = F.silu(self._linear(f"z_transform.{layer}", z))
        self.z = z
        return torch.tanh(self._network(x))[:, :1]

    def _network(self, x: Tensor) -> Tensor:
        pyramid, kept = x, [self._conv(self._next(), x, padding=1)]
        for level in range(self.levels):
            for _ in range(self.blocks):
                kept.append(self._attend_where_due(self._block(kept[-1])))
            if level < self.levels - 1:
                h = self._block(kept[-1], "down")
                pyramid = self._conv(f"{self._next()}.Conv2d_0", resample(pyramid, pad=(2, 2)), stride=2)
                pyramid = (pyramid + h) / math.sqrt(2)
                kept.append(pyramid)
        h = self._block(self._attention(self._block(kept[-1])))
        for level in reversed(range(self.levels)):
            for _ in range(self.blocks + 1):
                h = self._block(torch.cat([h, kept.pop()], 1))
            h = self._attend_where_due(h)
            h = self._block(h, "up") if level else h
        assert not kept
        h = F.silu(self._norm(self._next(), h))
        return self._conv(self._next(), h, padding=1)

    def _next(self) -> str:
        self.number += 1
        return f"all_modules.{self.number}"

    def _block(self, x: Tensor, change: str = "") -> Tensor:
        name = self._next()
        h = F.silu(self._adaptive(f"{name}.GroupNorm_0.style", x))
        if change == "down":
            h, x = (resample(one, down=2, pad=(1, 1)) for one in (h, x))
        if change == "up":
            h, x = (4 * resample(one, up=2, pad=(2, 1)) for one in (h, x))
        h = self._conv(f"{name}.Conv_0", h, padding=1) + self._linear(f"{name}.Dense_0", self.time)[..., None, None]
        h = F.silu(self._adaptive(f"{name}.GroupNorm_1.style", h))
        h = self._conv(f"{name}.Conv_1", h, padding=1)
        if f"{name}.Conv_2.weight" in self.state:
            x = self._conv(f"{name}.Conv_2", x)
        return (x + h) / math.sqrt(2)

    def _attend_where_due(self, h: Tensor) -> Tensor:
        return self._attention(h) if h.shape[-1] in self.attended_px else h

    def _attention(self, x: Tensor) -> Tensor:
        name = self._next()
        h = self._norm(f"{name}.GroupNorm_0", x)
        q, k, v = (self._nin(f"{name}.NIN_{number}", h) for number in range(3))
        weight = torch.einsum("bchw,bcij->bhwij", q, k) / math.sqrt(x.shape[1])
        weight = weight.flatten(3).softmax(-1).reshape(weight.shape)
        return (x + self._nin(f"{name}.NIN_3", torch.einsum("bhwij,bcij->bchw", weight, v))) / math.sqrt(2)

    def _adaptive(self, name: str, x: Tensor) -> Tensor:
        scale, shift = self._linear(name, self.z).chunk(2, 1)
        return scale[..., None, None] * F.group_norm(x, min(x.shape[1] // 4, 32), eps=1e-6) + shift[..., None, None]

    def _norm(self, name: str, x: Tensor) -> Tensor:
        weight, bias = self._weights(name)
        return F.group_norm(x, min(x.shape[1] // 4, 32), weight, bias, 1e-6)

    def _nin(self, name: str, x: Tensor) -> Tensor:
        return torch.einsum("bchw,cd->bdhw", x, self.state[f"{name}.W"]) + self.state[f"{name}.b"][:, None, None]

    def _conv(self, name: str, x: Tensor, **how: int) -> Tensor:
        return F.conv2d(x, *self._weights(name), **how)

    def _linear(self, name: str, x: Tensor) -> Tensor:
        return F.linear(x, *self._weights(name))

    def _weights(self, name: str) -> tuple[Tensor, Tensor]:
        return self.state[f"{name}.weight"], self.state[f"{name}.bias"]


def resample(x: Tensor, *, up: int = 1, down: int = 1, pad: tuple[int, int]) -> Tensor:
    """Insert zeros after pixels, pad with zeros, filter by [1, 3, 3, 1] / 8 along both axes, keep each `down`-th."""
    batch, channels, height, width = x.shape
    spread = x.new_zeros(batch, channels, height * up, width * up)
    spread[..., ::up, ::up] = x
    spread = F.pad(spread, (*pad, *pad))
    for axis in (2, 3):
        taps = spread.unfold(axis, 4, 1)
        spread = (taps * torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8).sum(-1)
    return spread[..., ::down, ::down]


class Published:
    """Two generators, to be written as the published code leaves them."""

    def __init__(self, architecture: Architecture = SMALL) -> None:
        self.generators = [make_generator(architecture, seed) for seed in (1, 2)]
        self.states: list[Any] = [publish(generator) for generator in self.generators]

    def write(self, folder: Path, epoch: int = 50, network: str = "gen_diffusive_") -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for contrast, state in enumerate(self.states, start=1):
            torch.save(state, folder / f"{network}{contrast}_{epoch}.pth")
        return folder


def bring(source: Path, **more: Any) -> tuple[Path, Any]:
    out = source.parent / "imported"
    return out, import_translator(source, out, **{"name": "theirs", "contrast1": "labeled", **more})


def fails(source: Path, match: str, **more: Any) -> None:
    before = sorted(source.parent.rglob("*"))
    with pytest.raises(InputError, match=match) as caught:
        bring(source, **more)
    assert "\n" not in str(caught.value)
    assert sorted(source.parent.rglob("*")) == before


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("architecture", SIZES)
def test_weights_arrive_bit_for_bit_and_compute_as_published(tmp_path: Path, architecture: Architecture) -> None:
    theirs = Published(architecture)
    out, card = bring(theirs.write(tmp_path / "exp"))
    read, ours = read_translator(out, CPU)
    assert read == card
    random = torch.Generator().manual_seed(0)
    side, levels = 32, len(architecture.generator_multipliers)
    x = torch.randn(2, 2, side, side, generator=random)
    t, z = torch.tensor([0, 3]), torch.randn(2, 100, generator=random)
    for generator, direction in zip(theirs.generators, ("to_labeled", "to_unlabeled"), strict=True):
        assert same(dict(generator.state_dict()), dict(ours[direction].state_dict()))
        attended = {side >> level for level in architecture.attention_levels}
        published = PublishedForward(publish(generator, ""), attended, levels, architecture.generator_blocks)
        with torch.inference_mode():
            torch.testing.assert_close(ours[direction](x, t, z), published(x, t, z), rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize(("crop_px", "level", "parameters"), [(512, 5, 39_725_250), (128, 3, 39_133_122)])
def test_the_published_size_is_recognised(crop_px: int, level: int, parameters: int) -> None:
    assert crop_px >> level == 16
    architecture = Architecture(attention_levels=(level,))
    with torch.device("meta"):
        state = publish(DiffusiveGenerator(architecture), "")
    assert find_architecture(state, Path("generator.pth")) == architecture
    assert sum(tensor.numel() for tensor in state.values()) == parameters
    assert 1 + max(int(name.split(".")[1]) for name in state if name.startswith("all_modules")) == 56


@pytest.mark.parametrize(("contrast1", "direction"), [("labeled", "to_labeled"), ("unlabeled", "to_unlabeled")])
def test_contrast_1_makes_images_of_contrast_1(tmp_path: Path, contrast1: str, direction: str) -> None:
    theirs = Published()
    out, _ = bring(theirs.write(tmp_path / "exp"), contrast1=contrast1)
    first = read_translator(out, CPU)[1][direction]
    assert same(dict(first.state_dict()), dict(theirs.generators[0].state_dict()))


def test_which_contrast_is_labelled_must_be_said(tmp_path: Path) -> None:
    fails(Published().write(tmp_path / "exp"), "--contrast1 labeled or --contrast1 unlabeled", contrast1=None)


def test_the_card_says_what_is_known(tmp_path: Path) -> None:
    source = Published().write(tmp_path / "exp")
    _, card = bring(source, licence="CC-BY-4.0")
    assert (card.name, card.licence, card.structure_size_px, card.crop_px) == ("theirs", "CC-BY-4.0", None, 32)
    assert card.white == 255
    hashes = {
        f"gen_diffusive_{contrast}_50.pth": sha256_of(source / f"gen_diffusive_{contrast}_50.pth")
        for contrast in (1, 2)
    }
    assert card.provenance["imported"] == {"checkpoints": hashes, "epoch": 50, "contrast1": "labeled"}
    assert card.origin == "exp: " + ", ".join(f"{name} (SHA-256 {one})" for name, one in hashes.items())
    assert set(card.architecture) == {
        "generator_channels",
        "generator_multipliers",
        "generator_blocks",
        "attention_levels",
    }


@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.module."])
@pytest.mark.parametrize("network", ["gen_diffusive_", "netG"])
def test_wrappers_and_older_names(tmp_path: Path, prefix: str, network: str) -> None:
    theirs = Published()
    theirs.states = [publish(generator, prefix) for generator in theirs.generators]
    out, _ = bring(theirs.write(tmp_path / "exp", network=network))
    assert same(dict(read_translator(out, CPU)[1]["to_labeled"].state_dict()), dict(theirs.generators[0].state_dict()))


def test_a_zip_with_folders(tmp_path: Path) -> None:
    theirs = Published()
    folder = theirs.write(tmp_path / "exp")
    (folder / "content.pth").write_bytes(b"the whole training, not needed")
    with zipfile.ZipFile(tmp_path / "exp.zip", "w") as file:
        for path in folder.iterdir():
            file.write(path, f"results/exp/{path.name}")
    assert holds_generators(tmp_path / "exp.zip")
    out, card = bring(tmp_path / "exp.zip")
    assert card.origin is not None
    assert card.origin.startswith("exp.zip: gen_diffusive_1_50.pth")
    assert sorted(path.name for path in out.iterdir()) == ["config.json", "model.safetensors"]


def test_the_newest_epoch_that_is_whole_is_taken(tmp_path: Path) -> None:
    names = [PurePosixPath(f"a/gen_diffusive_{contrast}_{epoch}.pth") for epoch in (9, 50, 100) for contrast in (1, 2)]
    names += [PurePosixPath("a/gen_diffusive_1_110.pth"), PurePosixPath("a/gen_non_diffusive_1to2_110.pth")]
    source = Path("exp")
    assert choose_files(names, source) == (100, (names[4], names[5]))
    assert choose_files(names, source, 9) == (9, (names[0], names[1]))
    with pytest.raises(InputError, match=r"no generators of epoch 110, expected one of \[9, 50, 100\]"):
        choose_files(names, source, 110)
    with pytest.raises(InputError, match=r"got gen_diffusive_1_110.pth, expected gen_diffusive_1_N.pth and"):
        choose_files(names[6:7], source)
    with pytest.raises(InputError, match=r"2 trainings \(a, b\); import one"):
        choose_files([*names, PurePosixPath("b/gen_diffusive_1_9.pth")], source)
    with pytest.raises(InputError, match="got none"):
        choose_files([], source)
    assert not holds_generators(tmp_path)


def _first(change: Callable[[dict[str, Tensor]], Any]) -> Callable[[Published], None]:
    def apply(theirs: Published) -> None:
        changed = change(theirs.states[0])
        theirs.states[0] = theirs.states[0] if changed is None else changed

    return apply


def _set(name: str, tensor: Tensor) -> Callable[[Published], None]:
    return _first(lambda state: state.update({f"module.{name}": tensor}))


def _drop(part: str) -> Callable[[Published], None]:
    return _first(lambda state: {name: one for name, one in state.items() if part not in name})


NAN = torch.full((8,), math.nan)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (_drop("all_modules.3.GroupNorm_1.style.weight"), "GroupNorm_1.style.weight is missing"),
        (_drop("all_modules.2."), "order of NCSN"),
        (_drop("all_modules"), "order of NCSN"),
        (_drop("Conv2d_0"), "another network"),
        (_drop("z_transform.7"), "z_transform.7.weight is missing"),
        (_set("z_transform.9.weight", torch.zeros(32, 32)), "z_transform.9.weight is not a part"),
        (_set("z_transform.1.weight", torch.zeros(32, 64)), r"\(32, 64\), which does not become \(32, 100\)"),
        (_set("all_modules.7.NIN_0.W", torch.zeros(8)), "NIN_0.W has the shape"),
        (_set("all_modules.3.Conv_0.weight", torch.zeros(12, 8, 3, 3)), "order of NCSN"),
        (_set("all_modules.2.weight", torch.tensor(3.0)), "order of NCSN"),
        (_set("all_modules.2.bias", NAN), "not finite; take another epoch"),
        (_set("all_modules.2.bias", torch.zeros(8, dtype=torch.int64)), "not plain numbers"),
        (_set("all_modules.2.bias", torch.zeros(8).to_sparse()), "not plain numbers"),
        (_set("all_modules.2.bias", torch.zeros(1).expand(10**7)), "file's size"),
        (_first(lambda _: [1, 2]), "without named tensors"),
        (_first(lambda _: {}), "without named tensors"),
        (_first(lambda _: {"epoch": 3}), "without named tensors"),
        (_first(lambda _: publish(make_generator(SIZES[1], 1))), "other sizes than gen_diffusive_1_50.pth"),
    ],
)
def test_what_is_no_such_generator(tmp_path: Path, change: Callable[[Published], None], match: str) -> None:
    theirs = Published()
    change(theirs)
    fails(theirs.write(tmp_path / "exp"), match)


class _Marker:
    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (self.path, "w")


def test_nothing_that_a_file_names_is_called(tmp_path: Path) -> None:
    theirs = Published()
    theirs.states[1] = {"module.all_modules.0.weight": _Marker(str(tmp_path / "called"))}
    fails(theirs.write(tmp_path / "exp"), "which LabelBridge does not run")
    assert not (tmp_path / "called").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half a zip", b"not a pickle"])
def test_damaged_files(tmp_path: Path, content: bytes) -> None:
    source = Published().write(tmp_path / "exp")
    (source / "gen_diffusive_2_50.pth").write_bytes(content)
    fails(source, r"gen_diffusive_2_50.pth: got a checkpoint that is damaged")


def test_what_is_in_the_way_stays(tmp_path: Path) -> None:
    source = Published().write(tmp_path / "exp")
    (tmp_path / "imported").mkdir()
    (tmp_path / "imported/mine.txt").write_text("mine")
    fails(source, "there already")


def test_nothing_there(tmp_path: Path) -> None:
    fails(tmp_path / "nowhere", "nothing there")


def test_cancel(tmp_path: Path) -> None:
    class Impatient(Reporter):
        def should_stop(self) -> bool:
            return True

    with pytest.raises(Cancelled):
        bring(Published().write(tmp_path / "exp"), reporter=Impatient())
    assert [path.name for path in tmp_path.iterdir()] == ["exp"]
