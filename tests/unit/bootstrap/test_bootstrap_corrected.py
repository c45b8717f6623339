"""What is read for a retraining: from projects with journals, from exports, from plain folders."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from correctedscenes import CLASSES, STEP_PX, done, fibres, partly, project, review

from labelbridge.bootstrap.retraining.corrected import read_corrected
from labelbridge.bootstrap.retraining.found import VerifiedFound
from labelbridge.bootstrap.retraining.heldout import divide
from labelbridge.bootstrap.retraining.image import CorrectedImage, class_layers
from labelbridge.bootstrap.retraining.task import RetrainTask
from labelbridge.core import InputError, LabelMap, Reporter
from labelbridge.io import write_axondeepseg, write_json
from labelbridge.io.export import FORMATS
from labelbridge.refine.review import ReviewQueue, review_record


class Listener(Reporter):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, sentence: str) -> None:
        self.said.append(sentence)


def read(reporter: Reporter | None = None, classes: tuple[str, ...] = CLASSES, **task: object) -> list[CorrectedImage]:
    return read_corrected(RetrainTask(model=Path("model"), **task), classes, reporter or Reporter())


def test_masks_as_they_were_bootstrapped_verify_nothing(tmp_path: Path) -> None:
    made, listener = project(tmp_path), Listener()
    assert read(listener, project=made.folder, journals=tmp_path / "journals") == []
    assert listener.said == []


def test_an_image_that_is_done_counts_as_a_whole(tmp_path: Path) -> None:
    made = project(tmp_path)
    made.update_image("fibres2", state="done")
    (found,) = read(project=made.folder, journals=tmp_path / "journals")
    assert found.image.name == "fibres2"
    assert found.verified.is_whole
    assert np.array_equal(found.labels.data, fibres(2)[1].data)


def test_a_corrections_journal_is_found_by_its_masks(tmp_path: Path) -> None:
    made, journals = project(tmp_path), tmp_path / "journals"
    review(made, "fibres1", journals, 3, saves=False)  # an older one, of other masks
    review(made, "fibres2", journals, 4)
    (found,) = read(project=made.folder, journals=journals)
    assert found.image.name == "fibres2"
    assert len(found.verified.centres) == 5
    assert found.labels.data[STEP_PX // 2, STEP_PX // 2 + 9] == 2, "the corrected masks"


def test_accepting_needs_no_stroke(tmp_path: Path) -> None:
    """Masks that were accepted as they are need not be saved again."""
    made, journals = project(tmp_path, (1,)), tmp_path / "journals"
    path = review(made, "fibres1", journals, 4)
    made.update_image("fibres1", state="bootstrapped")
    assert path.is_file()
    assert len(read(project=made.folder, journals=journals)) == 1


def test_masks_that_no_correction_led_to_are_told_of(tmp_path: Path) -> None:
    made, journals, listener = project(tmp_path), tmp_path / "journals", Listener()
    review(made, "fibres2", journals, 4, saves=False)
    made.update_image("fibres2", state="in correction")
    assert read(listener, project=made.folder, journals=journals) == []
    (said,) = listener.said
    assert said.startswith("'fibres2' is left out: its saved masks are not as a correction has left them")


def test_an_image_that_is_gone_is_told_of_and_the_others_count(tmp_path: Path) -> None:
    made, listener = project(tmp_path), Listener()
    for name in ("fibres1", "fibres2"):
        made.update_image(name, state="done")
    (tmp_path / "fibres1.tif").unlink()
    (found,) = read(listener, project=made.folder, journals=tmp_path / "journals")
    assert found.image.name == "fibres2"
    assert "'fibres1' is left out" in listener.said[0]


def export(folder: Path, seed: int, accepted: int, formats: tuple[str, ...] = ("axondeepseg",)) -> Path:
    """Write masks with a record, as the Export dock does."""
    image, labels = fibres(seed)
    out = folder / f"{image.name}_masks"
    queue = ReviewQueue.build(class_layers(labels))
    for place in sorted(queue, key=lambda place: place.at)[:accepted]:
        queue.accept(place)
    written = []
    for name in formats:
        place = out / name if len(formats) > 1 else out
        place.mkdir(parents=True)
        written += write_axondeepseg(labels, image.name, place, overwrite=False)
    record = {
        "review": review_record("reviewed", queue.fibre_rows()),
        "outputs": {path.relative_to(out).as_posix(): "" for path in written},
    }
    write_json(out / f"{image.name}_provenance.json", record, overwrite=False)
    return out


def images(folder: Path, *seeds: int) -> Path:
    folder.mkdir()
    for seed in seeds:
        tifffile.imwrite(folder / f"fibres{seed}.tif", fibres(seed)[0].data)
    return folder


@pytest.mark.parametrize("formats", [("axondeepseg",), ("axondeepseg", "bids")])
def test_an_export_counts_as_its_record_says(tmp_path: Path, formats: tuple[str, ...]) -> None:
    assert set(formats) <= FORMATS.keys()
    export(tmp_path / "exports", 1, 7, formats)
    export(tmp_path / "exports", 2, 0, formats)
    listener = Listener()
    (found,) = read(listener, corrected=(tmp_path / "exports",), images=images(tmp_path / "images", 1, 2))
    assert (found.image.name, len(found.verified.centres)) == ("fibres1", 7)
    assert listener.said == ["'fibres2' is left out: its record says of no fibre that it was accepted or corrected."]


def test_masks_without_a_record_need_a_word_of_the_user(tmp_path: Path) -> None:
    here = images(tmp_path / "set", 1)
    write_axondeepseg(fibres(1)[1], "fibres1", here, overwrite=False)
    with pytest.raises(InputError, match="without a record of who has verified what"):
        read(corrected=(here,))
    (found,) = read(corrected=(here,), verified=True)
    assert found.verified.is_whole


def test_a_missing_image_and_a_second_export_are_told_in_a_sentence(tmp_path: Path) -> None:
    out = export(tmp_path / "exports", 1, 3)
    with pytest.raises(InputError, match="the image 'fibres1', which is not in"):
        read(corrected=(out,), images=images(tmp_path / "images", 2))
    export(tmp_path / "again", 1, 3)
    with pytest.raises(InputError, match="masks of 'fibres1' from two places"):
        read(corrected=(out, tmp_path / "again"), images=images(tmp_path / "more", 1))
    (out.parent / "copy").mkdir()
    for file in out.iterdir():
        (out.parent / "copy" / file.name).write_bytes(file.read_bytes())
    with pytest.raises(InputError, match="a second export of the image 'fibres1'"):
        read(corrected=(out.parent,), images=tmp_path / "more")


def test_a_record_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    out = export(tmp_path / "exports", 1, 3)
    record = out / "fibres1_provenance.json"
    content = json.loads(record.read_bytes()) | {"outputs": {"../../secret/fibres1_seg-axon.png": ""}}
    write_json(record, content, overwrite=True)
    with pytest.raises(InputError, match="a record of files elsewhere"):
        read(corrected=(out,), images=images(tmp_path / "images", 1))


def test_classes_are_those_of_the_model(tmp_path: Path) -> None:
    made = project(tmp_path, (1,))
    made.update_image("fibres1", state="done")
    journals, listener = tmp_path / "journals", Listener()
    assert read(listener, (*CLASSES, "uaxon"), project=made.folder, journals=journals) == []
    assert "expected uaxon as well" in listener.said[0]
    (found,) = read(listener, ("myelin", "axon"), project=made.folder, journals=journals)
    assert found.labels.classes.names == ("background", "myelin", "axon")
    assert np.array_equal(found.labels.mask("axon"), fibres(1)[1].mask("axon"))


def test_nothing_given_is_told() -> None:
    with pytest.raises(InputError, match="--project DIR or --corrected DIR"):
        read()


def test_what_is_there_and_what_is_needed_is_said() -> None:

    def found(*corrected: CorrectedImage) -> VerifiedFound:
        return VerifiedFound.of(corrected, [divide(one) for one in corrected])

    assert found().sentence == "Nothing is verified yet."
    assert found().problem.startswith("No fibre is verified: accept or correct fibres")
    few = found(partly(1, 2))
    assert "2 fibres in 1 image" in few.problem
    assert "expected at least 4 and 1" in few.problem
    with pytest.raises(InputError, match="verify about"):
        few.check()
    enough = found(done(1), partly(2, 10))
    assert enough.problem == ""
    assert enough.sentence.startswith("40 fibres in 2 images, 1 of them as a whole: ")
    enough.check()


def test_only_verified_masks_are_given_on() -> None:

    corrected = partly(1, 3)
    sample = corrected.sample
    assert isinstance(sample.labels, LabelMap)
    assert not sample.labels.data[~corrected.verified.pixels].any()
    assert np.array_equal(sample.labels.data > 0, corrected.verified.fibres > 0)
