"""Does SynDiff learn to translate? On phantoms the truth is known.

Two modalities of one painted world, with axons bright in one and dark in the other, are learnt from unpaired images;
what becomes of unseen scenes (the mean of 8 samples) is compared with how the other modality really shows them. Each
seed has scenes, weights and noise of its own. With `--no-warm-start`, training begins from random weights and has none
of the terms that were added to the published method.

    python benchmarks/syndiff_phantoms.py --seeds 10
    python benchmarks/syndiff_phantoms.py --seeds 10 --no-warm-start
"""

import argparse
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "sample_data"))

from labelbridge.core import FloatArray, Image, Reporter, TranslatorCard
from labelbridge.evaluate.translation.similarity import compare_images
from labelbridge.translate.intensity import IntensityTranslator, centred, measure_style
from labelbridge.translate.intensity.normalize import Stretch
from labelbridge.translate.syndiff.checkpoints import Checkpoints
from labelbridge.translate.syndiff.dataset import TrainingImage
from labelbridge.translate.syndiff.predict import Direction, SynDiffTranslator
from labelbridge.translate.syndiff.settings import Architecture, SynDiffSettings
from labelbridge.translate.syndiff.train import train_generators
from phantoms.pair import PAIR_FIBRE_PX, Pair, make_pair

SCENES, UNSEEN = 8, 2
SAMPLES = 8
UNSEEN_SHAPE = (128, 128)
DIRECTIONS: Mapping[Direction, tuple[str, str]] = {
    "to_unlabeled": ("bright", "dark"),
    "to_labeled": ("dark", "bright"),
}
ARCHITECTURE = Architecture(
    generator_channels=16,
    generator_multipliers=(1, 2),
    generator_blocks=1,
    attention_levels=(),
    discriminator_channels=(16, 32, 64, 64),
    resnet_channels=16,
    resnet_blocks=3,
    patchgan_channels=16,
)


@dataclass(frozen=True)
class Learnt:
    """What a translator makes of unseen scenes, in one direction; means over them.

    Attributes
    ----------
    psnr_db, intensity_db
        Peak signal-to-noise ratio against the truth, of SynDiff and of `intensity`.
    correlation
        With the truth, inside fibres; below 0 where bright and dark are exchanged.
    """

    psnr_db: float
    intensity_db: float
    correlation: float

    @property
    def gain_db(self) -> float:
        """How much better than `intensity`."""
        return self.psnr_db - self.intensity_db


def settings(seed: int, steps: int, *, warm_start: bool) -> SynDiffSettings:
    """Return those of the `cpu` preset, but for networks and crops as small as the phantoms allow."""
    cpu = SynDiffSettings.from_preset("cpu").model_dump(exclude={"preset", "architecture"})
    small = {
        "architecture": ARCHITECTURE,
        "crop_px": 48,
        "fibre_px": PAIR_FIBRE_PX,
        "steps": steps,
        "steps_per_epoch": 10,
        "warmup_steps": 100,
        "learning_rate_generators": 3e-4,
        "ema_decay": 0.99,
        "judgements": 1,
        "held_out": 0.0,
        "seed": seed,
    }
    chosen = SynDiffSettings.from_preset("tiny", **cpu | small)
    return chosen if warm_start else chosen.as_published()


def scenes(seed: int) -> tuple[list[Pair], list[Pair], list[Pair]]:
    """Make scenes to be seen bright, others to be seen dark, and unseen ones."""
    first = 1000 * seed
    seen = [[make_pair(first + start + number) for number in range(SCENES)] for start in (0, 500)]
    return seen[0], seen[1], [make_pair(first + 900 + number, UNSEEN_SHAPE) for number in range(UNSEEN)]


def measure(
    translator: SynDiffTranslator, intensity: IntensityTranslator, unseen: Sequence[Pair]
) -> dict[Direction, Learnt]:
    """Compare translations of unseen scenes with the truth in the tone of real images, `intensity` in any tone."""
    learnt = {}
    for direction, (source, target) in DIRECTIONS.items():
        found = []
        for pair in unseen:
            image = Image(getattr(pair, source), "scene")
            truth = Stretch.centred_of(getattr(pair, target))(getattr(pair, f"{target}_truth"))
            made = translator.sample(image, direction, SAMPLES, Reporter()).mean.data
            mapped = getattr(intensity, direction)(image, Reporter()).data
            inside = pair.labels > 0
            found.append(
                (
                    compare_images(made, truth).psnr_db,
                    max(compare_images(one, truth).psnr_db for one in (mapped, centred(mapped))),
                    float(np.corrcoef(made[inside], truth[inside])[0, 1]),
                )
            )
        learnt[direction] = Learnt(*(fmean(column) for column in zip(*found, strict=True)))
    return learnt


def learn(seed: int, steps: int, *, warm_start: bool) -> dict[Direction, Learnt]:
    """Train on the scenes of a seed, and measure what was learnt."""
    bright, dark, unseen = scenes(seed)
    intensity = IntensityTranslator(
        measure_style([pair.bright for pair in bright], "bright-axon", PAIR_FIBRE_PX, 2.0),
        measure_style([pair.dark for pair in dark], "dark-axon", PAIR_FIBRE_PX, 2.0),
        fibre_px=PAIR_FIBRE_PX,
    )

    def training_image(data: FloatArray, direction: Direction, name: str) -> TrainingImage:
        data = centred(data)
        guide = getattr(intensity, direction)(Image(data, name), Reporter()).data
        return TrainingImage(data, centred(guide) if warm_start else None, name)

    learnt: dict[Direction, Learnt] = {}

    def judge(translator: SynDiffTranslator, reporter: Reporter) -> tuple[float, dict[str, float]]:
        learnt.update(measure(translator, intensity, unseen))
        return fmean(one.gain_db for one in learnt.values()), {}

    chosen = settings(seed, steps, warm_start=warm_start)
    with TemporaryDirectory() as folder:
        card = TranslatorCard(name="phantoms", architecture=chosen.architecture.model_dump(mode="json"))
        train_generators(
            [training_image(pair.bright, "to_unlabeled", f"bright {n}") for n, pair in enumerate(bright)],
            [training_image(pair.dark, "to_labeled", f"dark {n}") for n, pair in enumerate(dark)],
            chosen,
            Checkpoints(Path(folder), card),
            judge,
            device=torch.device("cpu"),
        )
    return learnt


def main() -> None:
    """Train once for each seed and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=10, help="how many trainings")
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--steps", type=int, default=600, help="steps after the warm start")
    parser.add_argument("--no-warm-start", action="store_true", help="train as published")
    args = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    print("| seed | to dark: gain dB | correlation | to bright: gain dB | correlation | polarity | minutes |")
    print("|---|---|---|---|---|---|---|", flush=True)
    rows = []
    for seed in range(args.first, args.first + args.seeds):
        start = time.monotonic()
        learnt = learn(seed, args.steps, warm_start=not args.no_warm_start)
        right = all(one.correlation > 0 for one in learnt.values())
        rows.append((learnt["to_unlabeled"].gain_db, learnt["to_labeled"].gain_db, right))
        cells = [f"{learnt[way].gain_db:+.1f} | {learnt[way].correlation:+.2f}" for way in DIRECTIONS]
        minutes = (time.monotonic() - start) / 60
        print(f"| {seed} | {' | '.join(cells)} | {'right' if right else 'wrong'} | {minutes:.1f} |", flush=True)
    dark, bright = fmean(row[0] for row in rows), fmean(row[1] for row in rows)
    print(f"| mean | {dark:+.1f} | | {bright:+.1f} | | {sum(row[2] for row in rows)} of {len(rows)} right | |")


if __name__ == "__main__":
    main()
