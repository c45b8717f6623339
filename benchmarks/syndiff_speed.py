"""How fast SynDiff of the published size is, measured against the machine's own convolutions.

Prints the convolution peak (the best of the method's own 3x3 convolutions, forward), then for the training step at
128 px and for the four-step translation of a tile: the floating point operations that the method needs, seconds, the
share of the peak, the part of the time that convolutions take, and the most memory. Each is measured in a process of
its own. Every tenth step has the gradient penalty R1, so a tenth of what that takes more counts. Last comes what an
image takes with the networks of the preset `cpu`, its tiles one at a time and several at once.

    python benchmarks/syndiff_speed.py
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from typing import Any
from unittest import mock

import numpy as np
import torch
from torch.nn import functional as F
from torch.profiler import ProfilerActivity, profile
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from labelbridge.core import Image, Reporter
from labelbridge.translate.syndiff import predict
from labelbridge.translate.syndiff.dataset import Batch
from labelbridge.translate.syndiff.diffusion import Diffusion
from labelbridge.translate.syndiff.draws import Draws
from labelbridge.translate.syndiff.memory import memory_kept
from labelbridge.translate.syndiff.networks import DiffusiveGenerator, Networks
from labelbridge.translate.syndiff.noise import Noise
from labelbridge.translate.syndiff.sampling import denoise
from labelbridge.translate.syndiff.settings import Architecture, SynDiffSettings
from labelbridge.translate.syndiff.step import SynDiff

STEP_PX = 128
TRANSLATION_PX = (128, 256, 512)
ATTENTION_PX = 16
TILED_PX = 384
CONVOLUTIONS = ((64, 64, 128), (64, 64, 512), (128, 256, 128), (256, 512, 64), (512, 512, 32), (256, 256, 32))
"""Channels in, channels out and side in px of 3x3 convolutions that the networks are made of."""

_MEASURED = "MEASURED "


@dataclass(frozen=True)
class Measured:
    """What one process found; `peak` is the convolution peak there, in GFLOP/s, `convolving` a part of the seconds."""

    gflop: float
    seconds: float
    convolving: float
    memory_gb: float
    peak: float = 0.0


@dataclass(frozen=True)
class Conditions:
    """On what, how precisely and how often to measure."""

    device: torch.device
    bfloat16: bool = False
    channels_last: bool = False
    repeats: int = 5

    def autocast(self) -> AbstractContextManager[object]:
        """Return the context of forward passes."""
        return torch.autocast(self.device.type, torch.bfloat16) if self.bfloat16 else nullcontext()

    def seconds(self, work: Callable[[], object], repeats: int | None = None) -> list[float]:
        """Return the time of each repeat."""
        return [self._second(work) for _ in range(repeats or self.repeats)]

    def _second(self, work: Callable[[], object]) -> float:
        self._wait()
        began = time.perf_counter()
        work()
        self._wait()
        return time.perf_counter() - began

    def _wait(self) -> None:
        if self.device.type != "cpu":
            getattr(torch, self.device.type).synchronize()


class FlopCount(TorchDispatchMode):
    """Counts the operations of convolutions, matrix products and attention, 2 for each multiply-add.

    `torch.utils.flop_counter.FlopCounterMode` knows the formulas too, but not gradients of gradients.
    """

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Count one operator."""
        kwargs = kwargs or {}
        if func.overloadpacket not in flop_registry:
            with self:
                parts = func.decompose(*args, **kwargs)
            if parts is not NotImplemented:
                return parts
        out = func(*args, **kwargs)
        if func.overloadpacket in flop_registry:
            self.total += flop_registry[func.overloadpacket](*args, **kwargs, out_val=out)
        return out


def counted(work: Callable[[], object]) -> int:
    """Do the work once and return its operations."""
    with FlopCount() as count:
        work()
    return count.total


def convolving(work: Callable[[], object], device: torch.device) -> float:
    """Do the work once and return the part of its time that convolutions and their gradients take."""
    cuda = device.type == "cuda"
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if cuda else [])]
    with profile(activities=activities) as found:
        work()
    times = {
        event.key: event.self_device_time_total if cuda else event.self_cpu_time_total for event in found.key_averages()
    }
    return sum(time for name, time in times.items() if "conv" in name.lower()) / sum(times.values())


def with_penalty(plain: float, penalised: float, every: int) -> float:
    """Return the mean over steps of which one in `every` is penalised."""
    return plain + (penalised - plain) / every


def architecture_for(px: int) -> Architecture:
    """Return the published networks, which attend where an image is 16 px wide."""
    return Architecture(attention_levels=((px // ATTENTION_PX).bit_length() - 1,))


@torch.no_grad()
def convolution_peak(conditions: Conditions, shapes: Sequence[tuple[int, int, int]] = CONVOLUTIONS) -> float:
    """Return GFLOP/s of the fastest of the 3x3 convolutions, in the fastest memory format."""
    best = 0.0
    for width, wanted, px in shapes:
        for layout in (torch.contiguous_format, torch.channels_last):
            x = torch.randn(1, width, px, px, device=conditions.device).contiguous(memory_format=layout)
            weight = torch.randn(wanted, width, 3, 3, device=conditions.device).contiguous(memory_format=layout)
            with conditions.autocast():
                seconds = conditions.seconds(lambda x=x, weight=weight: F.conv2d(x, weight, padding=1), 8)
            best = max(best, 2 * 9 * width * wanted * px**2 / min(seconds) / 1e9)
    return best


def measure_step(conditions: Conditions, settings: SynDiffSettings) -> Measured:
    """Measure the training step on crops of random numbers."""
    syndiff, batch, draws = prepared(conditions, settings)

    def step(penalise: bool) -> Callable[[], object]:
        return lambda: syndiff.step(batch, draws, penalise=penalise)

    with memory_kept():
        flop = with_penalty(counted(step(False)), counted(step(True)), settings.r1_every)
        plain, penalised = (statistics.median(conditions.seconds(step(penalise))) for penalise in (False, True))
        memory = peak_memory_gb(conditions.device)
        part = convolving(step(False), conditions.device)
    return Measured(flop / 1e9, with_penalty(plain, penalised, settings.r1_every), part, memory)


def prepared(conditions: Conditions, settings: SynDiffSettings) -> tuple[SynDiff, Batch, Draws]:
    """Return what a step takes."""
    torch.manual_seed(0)
    networks = Networks(settings.architecture).to(conditions.device)
    if conditions.channels_last:
        for own in (networks.generators, networks.discriminators):
            for modality in (own.labeled, own.unlabeled):
                modality.diffusive.to(memory_format=torch.channels_last)
    images = torch.rand(4, settings.batch, 1, settings.crop_px, settings.crop_px) * 2 - 1
    batch = Batch(*images).to(conditions.device)
    draws = Draws.of(batch, torch.Generator().manual_seed(0))
    return SynDiff(networks, settings, autocast=conditions.autocast), batch, draws


def measure_translation(conditions: Conditions, architecture: Architecture, px: int) -> Measured:
    """Measure the translation of one tile in four steps."""
    torch.manual_seed(0)
    generator = DiffusiveGenerator(architecture).to(conditions.device)
    if conditions.channels_last:
        generator.to(memory_format=torch.channels_last)
    source = torch.rand(1, 1, px, px, device=conditions.device) * 2 - 1
    diffusion, noise = Diffusion(conditions.device), Noise(0)

    def translate() -> torch.Tensor:
        with conditions.autocast():
            return denoise(generator, diffusion, source, noise, [(0, 0)], lambda: None)

    with memory_kept():
        flop = counted(translate)
        seconds = statistics.median(conditions.seconds(translate))
        memory = peak_memory_gb(conditions.device)
        part = convolving(translate, conditions.device)
    return Measured(flop / 1e9, seconds, part, memory)


def tiles_at_once(conditions: Conditions) -> str:
    """Tell how much faster an image is translated when its tiles are not taken one at a time."""
    settings = SynDiffSettings.from_preset("cpu")
    torch.manual_seed(0)
    generators: dict[predict.Direction, torch.nn.Module] = {
        "to_labeled": DiffusiveGenerator(settings.architecture).to(conditions.device)
    }
    own = predict.SynDiffTranslator(
        generators, settings.architecture.multiple_px, tile_px=settings.crop_px, device=conditions.device
    )
    image = Image(np.random.default_rng(0).random((TILED_PX, TILED_PX), np.float32), "noise")

    def seconds() -> float:
        return statistics.median(conditions.seconds(lambda: own.to_labeled(image, Reporter()), 3))

    several_s = seconds()
    with mock.patch.dict(predict.PX_AT_ONCE, {conditions.device.type: 0}):
        single_s = seconds()
    return (
        f"an image of {TILED_PX} px in tiles of {settings.crop_px} px, preset cpu: {single_s:.2f} s one by one, "
        f"{several_s:.2f} s as it is done, {single_s / several_s:.1f} times as fast"
    )


def peak_memory_gb(device: torch.device) -> float:
    """Return the most memory of the graphics card or, on a CPU, of this process, so far."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated() / 1e9
    if sys.platform == "win32":
        import psutil

        return float(psutil.Process().memory_info().peak_wset) / 1e9
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9


def measure(what: str, conditions: Conditions) -> Measured:
    """Measure the training step or, of a number of px, the translation; and the peak."""
    px = STEP_PX if what == "step" else int(what)
    if what == "step":
        settings = SynDiffSettings.from_preset("paper", crop_px=px, architecture=architecture_for(px))
        measured = measure_step(conditions, settings)
    else:
        measured = measure_translation(conditions, architecture_for(px), px)
    return replace(measured, peak=convolution_peak(conditions))


def in_process_of_its_own(what: str, arguments: Sequence[str]) -> Measured:
    """Run this file for one measurement."""
    command = [sys.executable, __file__, "--only", what, *arguments]
    out = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    line = next(line for line in out.splitlines() if line.startswith(_MEASURED))
    return Measured(**json.loads(line.removeprefix(_MEASURED)))


def table(results: dict[str, Measured]) -> str:
    """Return the results as a table, all shares of the same peak."""
    peak = max(result.peak for result in results.values())
    heads = ["", "GFLOP", "seconds", "share of peak", "in convolutions", "memory, GB"]
    rows = [heads, ["---"] * len(heads)]
    for what, one in results.items():
        name = f"training step, {STEP_PX} px" if what == "step" else f"translation, {what} px"
        shares = (one.gflop / one.seconds / peak, one.convolving)
        rows.append(
            [name, f"{one.gflop:,.0f}", f"{one.seconds:.2f}", *map("{:.0%}".format, shares), f"{one.memory_gb:.2f}"]
        )
    return "\n".join([f"convolution peak: {peak:,.0f} GFLOP/s", "", *(f"| {' | '.join(row)} |" for row in rows)])


def main() -> None:
    """Measure all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two repeats, and no translation above 128 px")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or mps")
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16"], help="of the forward passes")
    parser.add_argument("--channels-last", action="store_true", help="weights of the diffusive networks, too")
    parser.add_argument("--only", choices=["step", *map(str, TRANSLATION_PX)], help="measure this, here")
    args = parser.parse_args()
    repeats = 2 if args.quick else 5
    conditions = Conditions(torch.device(args.device), args.precision == "bf16", args.channels_last, repeats)
    if args.only:
        print(_MEASURED + json.dumps(asdict(measure(args.only, conditions))))
        return
    wanted = ["step", *map(str, TRANSLATION_PX[:1] if args.quick else TRANSLATION_PX)]
    print(table({what: in_process_of_its_own(what, sys.argv[1:]) for what in wanted}))
    print(f"\n{tiles_at_once(conditions)}")
    print(f"\n{torch.get_num_threads()} threads, {args.device}, {args.precision}, torch {torch.__version__}")


if __name__ == "__main__":
    main()
