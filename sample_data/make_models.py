"""Makes the sample models from the phantoms: `python sample_data/make_models.py`; minutes on two cores.

They are small, so that the demo trains nothing and ends within a minute.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from labelbridge.bootstrap.settings import TutorshipSettings
from labelbridge.bootstrap.survey import look_at_labeled, survey
from labelbridge.bootstrap.training import train_labeled_segmenter
from labelbridge.bootstrap.tutoring import train_tutored
from labelbridge.cli.console import ConsoleReporter
from labelbridge.core import ModelCard
from labelbridge.io import find_images, read_image, read_labeled_set

FIBRE_PX = 40.0
FEATURES = (8, 16, 32, 64)
LICENCE = "CC0-1.0"


def main() -> None:
    """Train both models and put them into place."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("segmenter", "tutored"), help="train only one of the models")
    only = parser.parse_args().only
    data = Path(__file__).parent
    labeled = read_labeled_set(data / "tem_labeled")
    settings = TutorshipSettings(preset="cpu", fibre_px=FIBRE_PX, features=FEATURES, device="cpu")
    with tempfile.TemporaryDirectory() as folder, ConsoleReporter() as reporter:
        work = Path(folder)
        if only != "tutored":
            out = work / "segmenter"
            train_labeled_segmenter(
                labeled, work / "s", out, device="cpu", fibre_px=FIBRE_PX, features=FEATURES, reporter=reporter
            )
            _place(out, data / "models" / "segmenter")
        if only != "segmenter":
            images = [read_image(file) for file in find_images(data / "sem_unlabeled")]
            found = survey(look_at_labeled(labeled, FIBRE_PX), images)
            train_tutored(labeled, found, settings, work / "t", work / "tutored", reporter=reporter)
            _place(work / "tutored", data / "models" / "tutored")


def _place(model: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(exist_ok=True)
    card = ModelCard.model_validate_json((model / "config.json").read_text(encoding="utf-8"))
    licensed = card.model_copy(update={"licence": LICENCE})
    (model / "config.json").write_text(licensed.model_dump_json(indent=2), encoding="utf-8")
    shutil.move(model, target)


if __name__ == "__main__":
    main()
