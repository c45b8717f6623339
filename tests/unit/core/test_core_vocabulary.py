import errno

import numpy as np
import pytest

from labelbridge.core import (
    Cancelled,
    ClassMap,
    Image,
    InputError,
    LabeledImage,
    LabelMap,
    PartReporter,
    Reporter,
    StageReporter,
    lacks_memory,
    lacks_room,
    most_probable,
    resample,
    resample_labels,
    uncertainty_of,
)


def test_classes_go_by_name() -> None:
    classes = ClassMap(("background", "uaxon", "myelin", "axon"))
    assert classes.value("axon") == 3
    assert classes.foreground == ("uaxon", "myelin", "axon")
    with pytest.raises(InputError, match="glia"):
        classes.value("glia")


@pytest.mark.parametrize(
    "names", [("axon", "myelin"), ("background", "axon"), ("background", "axon", "myelin", "axon"), ()]
)
def test_class_maps_that_cannot_be(names: tuple[str, ...]) -> None:
    with pytest.raises(InputError):
        ClassMap(names)


def test_masks_never_overlap() -> None:
    axon, myelin = np.zeros((2, 20, 20), bool)
    axon[:12], myelin[8:] = True, True
    labels = LabelMap.from_masks({"axon": axon, "myelin": myelin})
    assert not (labels.mask("axon") & labels.mask("myelin")).any()
    assert labels.mask("myelin").sum() == myelin.sum()
    assert labels.mask("axon").sum() == 8 * 20


@pytest.mark.parametrize(("names", "wins"), [(("axon", "myelin"), "myelin"), (("myelin", "axon"), "axon")])
def test_where_masks_overlap_the_later_wins(names: tuple[str, str], wins: str) -> None:
    full = np.ones((20, 20), bool)
    labels = LabelMap.from_masks(dict.fromkeys(names, full))
    assert labels.classes.names == ("background", *names)
    assert labels.mask(wins).all()


def test_masks_of_different_shapes() -> None:
    with pytest.raises(InputError, match=r"\(20, 20\).*\(20, 30\)"):
        LabelMap.from_masks({"axon": np.zeros((20, 20), bool), "myelin": np.zeros((20, 30), bool)})


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (np.full((20, 20), 7, np.uint8), "value 7"),
        (np.full((20, 20), -1), "value -1"),
        (np.full((20, 20), 257), "value 257"),
        (np.full((20, 20), 0.7), "float64"),
        (np.zeros((3, 20, 20), np.uint8), "plane"),
    ],
)
def test_labels_that_cannot_be(data: np.ndarray, word: str) -> None:
    with pytest.raises(InputError, match=word):
        LabelMap(data)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (np.zeros((1, 1), np.float32), "1 x 1"),
        (np.zeros((3, 40, 40), np.float32), "plane"),
        (np.full((40, 40), np.nan, np.float32), "1600 pixels"),
        (np.full((40, 40), 1e300), "1600 pixels"),
    ],
)
def test_images_that_cannot_be(data: np.ndarray, word: str) -> None:
    with pytest.raises(InputError, match=word):
        Image(data, "image")


def test_labels_of_another_shape_name_both_shapes() -> None:
    image = Image(np.zeros((40, 50), np.float32), "image")
    with pytest.raises(InputError, match=r"\(30, 50\).*\(40, 50\)"):
        LabeledImage(image, LabelMap(np.zeros((30, 50), np.uint8)))


def test_resampling_an_image_takes_its_pixel_size_along() -> None:
    image = Image(np.zeros((40, 60), np.float32), "image", pixel_size_um=0.1)
    half = image.resampled(0.5)
    assert half.shape == (20, 30)
    assert half.pixel_size_um == pytest.approx(0.2)


@pytest.mark.parametrize("shape", [(25, 25), (31, 47), (100, 100), (157, 203), (300, 250)])
def test_resampling_moves_nothing(shape: tuple[int, int]) -> None:
    y, x = np.mgrid[:100, :100]
    blob = np.exp(-((y - 30.0) ** 2 + (x - 60.0) ** 2) / (2 * 8.0**2)).astype(np.float32)
    out = resample(blob, shape)
    assert out.shape == shape
    found = [(np.indices(shape)[axis] * out).sum() / out.sum() for axis in (0, 1)]
    expected = [(centre + 0.5) * side / 100 - 0.5 for centre, side in zip((30, 60), shape, strict=True)]
    assert np.allclose(found, expected, atol=0.25)


def test_resampling_keeps_a_constant_and_labels_get_no_new_values() -> None:
    assert np.allclose(resample(np.full((50, 70), 3.5, np.float32), (23, 91)), 3.5)
    labels = np.zeros((60, 60), np.uint8)
    labels[10:40, 10:40] = 5
    for shape in ((23, 31), (120, 130)):
        out = resample_labels(labels, shape)
        assert set(np.unique(out)) == {0, 5}
        assert (out == 5).mean() == pytest.approx(0.25, abs=0.03)


def test_uncertainty_runs_from_certain_to_undecided() -> None:
    probabilities = np.zeros((3, 1, 2), np.float32)
    probabilities[:, 0, 0] = 1 / 3
    probabilities[1, 0, 1] = 1
    assert uncertainty_of(probabilities) == pytest.approx(np.array([[1.0, 0.0]]), abs=1e-4)
    assert most_probable(probabilities)[0, 1] == 1


def test_a_reporter_that_does_nothing_lets_the_run_go_on() -> None:
    Reporter().checkpoint()


def test_a_stage_reporter_passes_on_the_wish_to_stop() -> None:
    class Stopping(Reporter):
        def __init__(self) -> None:
            self.stages: list[str] = []

        def progress(self, done: float, total: float, stage: str) -> None:
            self.stages.append(stage)

        def should_stop(self) -> bool:
            return True

    inner = Stopping()
    outer = StageReporter(inner, "image 1")
    outer.progress(1, 2, "segmenting")
    assert inner.stages == ["image 1: segmenting"]
    with pytest.raises(Cancelled):
        outer.checkpoint()


def test_a_part_s_progress_is_that_of_the_whole() -> None:
    class Noting(Reporter):
        def __init__(self) -> None:
            self.told: list[object] = []

        def progress(self, done: float, total: float, stage: str) -> None:
            self.told.append((done, total, stage))

        def say(self, sentence: str) -> None:
            self.told.append(sentence)

    inner = Noting()
    part = PartReporter(inner, 2, 4, "translating")
    part.progress(1, 2, "tiles")
    part.progress(0, 0, "nothing to do")
    part.say("done")
    assert inner.told == [(2.5, 4, "translating"), (3, 4, "translating"), "done"]


def test_an_error_is_one_line_whatever_it_quotes() -> None:
    assert str(InputError("a.tif: got 'x\x1b[31m\ny\x00',\texpected z.")) == "a.tif: got 'x [31m y ', expected z."
    text = str(InputError("got " + "x" * 5000 + ", expected y; do this."))
    assert len(text) < 1010
    assert text.startswith("got xxx")
    assert text.endswith("; do this.")


def test_memory_is_named_at_any_depth() -> None:
    error = InputError("too small")
    error.__cause__ = RuntimeError()
    assert not lacks_memory(error)
    error.__cause__.__cause__ = MemoryError()
    assert lacks_memory(error)


def test_memory_and_room_are_named_in_the_words_of_libraries() -> None:
    assert lacks_memory(RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes."))
    assert lacks_memory(OSError(errno.ENOMEM, "Cannot allocate memory"))
    assert not lacks_memory(InputError("got a text with DefaultCPUAllocator in it, expected none."))
    assert lacks_room(ValueError("I/O error: No space left on device (os error 28)"))
    assert not lacks_room(InputError("got 3 MB free, expected 9 MB."))
    while_cleaning = InputError("a.pt: cannot be written")
    while_cleaning.__context__ = OSError(errno.EDQUOT, "Disk quota exceeded")
    assert lacks_room(while_cleaning)
    while_cleaning.__suppress_context__ = True
    assert not lacks_room(while_cleaning)
