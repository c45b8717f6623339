"""Are models as sure as they are right? Then the uncertainty map can be trusted.

For each image the expected calibration error (ECE) of the most probable class's probability, of 15 bins of equal width
and, adaptive, of 15 bins of equally many pixels: before, at temperature 1, and after, at the temperature that a
training fits without a label of U. The last columns show the temperature that is likeliest by the truth, which serves
for nothing else; where a model is sure of much that is wrong, its ECE need not be the least.
Without `--model`, the sample models on phantoms that no training has seen.

    python benchmarks/calibration.py
    python benchmarks/calibration.py --model MODEL --labeled ../shared/data/tem_labeled \
        --unlabeled ../shared/data/sem_unlabeled
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "sample_data"))

from labelbridge.bootstrap import Bootstrap, Plan, TutorshipSettings
from labelbridge.bootstrap.calibrating import labeled_draws, styled_draws
from labelbridge.bootstrap.segmenting import resampled_bands
from labelbridge.bootstrap.settings import BootstrapPath
from labelbridge.core import FloatArray, Image, LabelArray, LabeledImage, LabelMap, Reporter, tempered
from labelbridge.evaluate.calibration import Reliability, measure_reliability
from labelbridge.io import find_images, find_masks, read_image, read_label_map, read_labeled_set
from labelbridge.segment import read_card
from labelbridge.segment.nnunet.calibrating import fit_temperature, fitted_temperature
from make_phantoms import make_sem, make_tem

SAMPLES = Path(__file__).parents[1] / "sample_data"
PIXELS = 200_000
SIDE_PX = 384
UNSEEN_SEEDS = range(9_000, 9_008)


@dataclass(frozen=True, eq=False)
class Case:
    """A model and images whose truth is known."""

    title: str
    path: BootstrapPath
    model: Path
    labeled: list[LabeledImage]
    unlabeled: list[Image]
    truth: dict[str, LabelMap]

    @property
    def job(self) -> Bootstrap:
        """The bootstrap that predicts."""
        roles = {"tutored": self.model} if self.path == "tutorship" else {"segmenter": self.model}
        settings = TutorshipSettings(device="cpu", fibre_px=read_card(self.model).structure_size_px or 1.0)
        return Bootstrap(Plan(self.path, self.labeled, settings=settings, **roles), self.unlabeled)


@dataclass(frozen=True, eq=False)
class Drawn:
    """Pixels drawn from an image: probabilities (class, pixel) and true classes."""

    name: str
    probabilities: FloatArray
    truth: LabelArray

    def reliability(self, temperature: float, *, adaptive: bool = False) -> Reliability:
        """Return how sure and how right the model is at a temperature."""
        return measure_reliability(tempered(self.probabilities, temperature), self.truth, adaptive=adaptive)


def phantom_cases() -> Iterator[Case]:
    """Give the sample models with phantoms that they have not seen, in their own modality and in the other."""
    labeled = read_labeled_set(SAMPLES / "tem_labeled")
    sem = [_phantom(f"SEM phantom {seed}", *make_sem(seed, (SIDE_PX, SIDE_PX))) for seed in UNSEEN_SEEDS]
    tem = [_phantom(f"TEM phantom {seed}", *make_tem(seed)) for seed in UNSEEN_SEEDS]
    for title, path, model, samples in (
        ("L's model, unseen images of L", "direct", "segmenter", tem),
        ("L's model, adaptation to U", "adaptation", "segmenter", sem),
        ("tutored model, U", "tutorship", "tutored", sem),
    ):
        images, truth = [sample.image for sample in samples], {one.image.name: one.labels for one in samples}
        yield Case(title, path, SAMPLES / "models" / model, labeled, images, truth)


def real_case(model: Path, labeled: Path, unlabeled: Path) -> Case:
    """Return a model with the images of U of which there are masks."""
    masks = find_masks(unlabeled / "derivatives" if (unlabeled / "derivatives").is_dir() else unlabeled)
    images = [read_image(file) for file in find_images(unlabeled)]
    truth = {name: read_label_map(files, ("axon", "myelin")) for name, files in masks.items()}
    path: BootstrapPath = "tutorship" if read_card(model).kind == "tutored-segmenter" else "adaptation"
    return Case(f"{read_card(model).name}, {path}", path, model, read_labeled_set(labeled), images, truth)


def fitted(case: Case, job: Bootstrap) -> float:
    """Return the temperature in the model's card, or else what its training would fit; `direct` takes none."""
    card = read_card(case.model)
    if case.path == "direct" or card.temperature != 1:
        return 1.0 if case.path == "direct" else card.temperature
    assert job.survey is not None  # there are labels
    fibre_px = card.structure_size_px or job.survey.labeled.size_px
    if case.path == "tutorship":
        draws = styled_draws(case.labeled, job.survey, fibre_px, 0, Reporter())
    else:
        look = job.survey.labeled
        draws = labeled_draws(case.labeled, look.style.polarity, fibre_px / look.size_px, 0, Reporter())
    return fitted_temperature(case.model, draws, "cpu")


def draw(case: Case, job: Bootstrap) -> list[Drawn]:
    """Segment the images with truth and draw pixels, each as likely."""
    drawn = []
    for image in case.unlabeled:
        if image.name not in case.truth:
            continue
        rng, truth = np.random.default_rng(0), case.truth[image.name].data
        chosen = rng.random(image.shape) < PIXELS / truth.size
        bands = list(resampled_bands(job.probabilities(image), image.shape))
        parts = [rows[:, chosen[band]] for band, rows in bands]
        drawn.append(Drawn(image.name, np.concatenate(parts, axis=1), truth[chosen]))
    return drawn


def report(case: Case) -> str:
    """Measure a case and return its tables."""
    job = case.job
    temperature, drawn = fitted(case, job), draw(case, job)
    probabilities = np.concatenate([one.probabilities for one in drawn], axis=1)
    pooled = Drawn("all pixels", probabilities, np.concatenate([one.truth for one in drawn]))
    lines = [
        f"## {case.title}: temperature {temperature:.2f}",
        "",
        "| image | accuracy | ECE before | after | adaptive before | after | likeliest | ECE with it |",
        "|---|---|---|---|---|---|---|---|",
        *(_line(one, temperature) for one in (*drawn, pooled)),
        "",
        "| confidence | pixels before | confidence | accuracy | pixels after | confidence | accuracy |",
        "|---|---|---|---|---|---|---|",
        *_bins(pooled.reliability(1.0), pooled.reliability(temperature)),
    ]
    return "\n".join(lines)


def _line(one: Drawn, temperature: float) -> str:
    best = fit_temperature(one.probabilities, one.truth)
    before, after = (
        [one.reliability(t, adaptive=adaptive).error for adaptive in (False, True)] for t in (1, temperature)
    )
    accuracy = np.mean(one.probabilities.argmax(axis=0) == one.truth)
    numbers = [before[0], after[0], before[1], after[1]]
    cells = " | ".join(f"{100 * number:.1f} %" for number in numbers)
    return f"| {one.name} | {accuracy:.1%} | {cells} | {best:.2f} | {100 * one.reliability(best).error:.1f} % |"


def _bins(before: Reliability, after: Reliability) -> Iterator[str]:
    count = len(before.pixels)
    for place in range(count):
        if not before.pixels[place] and not after.pixels[place]:
            continue
        cells = [
            f"{one.pixels[place] / one.pixels.sum():.1%} | {one.confidence[place]:.2f} | {one.accuracy[place]:.2f}"
            for one in (before, after)
        ]
        yield f"| {place / count:.2f} to {(place + 1) / count:.2f} | {' | '.join(cells)} |"


def _phantom(name: str, pixels: np.ndarray, labels: np.ndarray) -> LabeledImage:
    return LabeledImage(Image(pixels.astype(np.float32), name), LabelMap(np.where(labels > 2, 0, labels)))


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, metavar="DIR", help="a tutored model, or one of L; default: phantoms")
    parser.add_argument("--labeled", type=Path, metavar="DIR", help="L: images and masks")
    parser.add_argument("--unlabeled", type=Path, metavar="DIR", help="U: images, some with masks in derivatives/")
    args = parser.parse_args()
    if args.model and not (args.labeled and args.unlabeled):
        raise SystemExit("got --model, expected --labeled and --unlabeled with it.")
    cases = [real_case(args.model, args.labeled, args.unlabeled)] if args.model else phantom_cases()
    print("\n\n".join(report(case) for case in cases))


if __name__ == "__main__":
    main()
