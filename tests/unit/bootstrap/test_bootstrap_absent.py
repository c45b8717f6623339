"""Classes that an image does not have get no pixel of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labelbridge.bootstrap import Bootstrap, Plan, TutorshipSettings
from labelbridge.bootstrap import probabilities as storage
from labelbridge.bootstrap.absent import AbsentClasses, drop_absent
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.bootstrap.probabilities import Probabilities
from labelbridge.bootstrap.segmenting import predict_at_size
from labelbridge.bootstrap.server import work
from labelbridge.bootstrap.server.messages import Request
from labelbridge.bootstrap.settings import BootstrapPath
from labelbridge.core import AXON_MYELIN, ClassMap, FloatArray, Image, InputError, Plane, Prediction, Reporter
from labelbridge.io.modelfolder import CARD
from labelbridge.segment import read_card
from make_phantoms import make_sem

CPU = TutorshipSettings(device="cpu")
SEGMENTER, TUTORED = (sample_data_folder() / "models" / name for name in ("segmenter", "tutored"))


class Ring:
    """A segmenter that sees one fibre: axon 0.6, myelin 0.3 within, myelin 0.7, axon 0.2 around it."""

    classes: ClassMap = AXON_MYELIN
    structure_size_px: float | None = None

    def predict(self, plane: Plane, reporter: Reporter) -> Iterator[FloatArray]:
        y, x = np.mgrid[: plane.shape[0], : plane.shape[1]]
        away = np.hypot(y - 32, x - 32)
        fibre = np.array([[0.9, 0.05, 0.05], [0.1, 0.2, 0.7], [0.1, 0.6, 0.3]], np.float32)
        yield fibre[(away < 20).astype(int) + (away < 12)].transpose(2, 0, 1)

    def unmirrored(self) -> "Ring":
        return self


def predicted(*absent: str, temperature: float = 1.0) -> Prediction:
    image = Image(np.zeros((64, 64), np.float32), "a")
    return predict_at_size(Ring(), image, 1.0, Reporter(), absent, temperature)


@pytest.mark.parametrize("place", ["in memory", "on disk"])
def test_others_share_what_the_absent_class_had(place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if place == "on disk":
        monkeypatch.setattr(storage, "_IN_MEMORY_BYTES", 0)
        monkeypatch.setenv("LABELBRIDGE_SCRATCH", str(tmp_path))
    probabilities = Probabilities(AXON_MYELIN, (1, 3))
    rows = np.array([[0.2, 0.1, 0.0], [0.2, 0.3, 0.0], [0.6, 0.6, 1.0]], np.float32)
    probabilities.fill(iter([rows[:, None]]))
    drop_absent(probabilities, ["myelin"])
    expected = np.array([[0.5, 0.25, 1.0], [0.5, 0.75, 0.0], [0.0, 0.0, 0.0]])
    np.testing.assert_allclose(probabilities.rows(0, 1)[:, 0], expected, atol=1e-3)


def test_without_myelin_its_pixels_go_to_the_axon_and_no_axon_is_given_away() -> None:
    whole, without = predicted(), predicted("myelin")
    assert whole.labels.mask("myelin").any()
    assert not without.labels.mask("myelin").any()
    fibre = whole.labels.mask("axon") | whole.labels.mask("myelin")
    np.testing.assert_array_equal(without.labels.mask("axon"), fibre)


def test_without_axons_nothing_of_the_image_is_axon() -> None:
    without = predicted("axon")
    assert not without.labels.mask("axon").any()
    assert without.labels.data[32, 32] == 2


def test_uncertainty_is_that_between_the_classes_that_are_left() -> None:
    without = predicted("myelin")
    axon = 0.6 / 0.7
    entropy = -(axon * np.log(axon) + (1 - axon) * np.log(1 - axon)) / np.log(2)
    assert without.uncertainty[32, 32] == pytest.approx(entropy, abs=2e-3)
    assert not predicted("axon", "myelin").uncertainty.any()
    assert not predicted("axon", "myelin").labels.data.any()


def test_a_temperature_changes_the_uncertainty_and_no_mask() -> None:
    before, after = predicted(), predicted(temperature=2.0)
    np.testing.assert_array_equal(before.labels.data, after.labels.data)
    assert (after.uncertainty > before.uncertainty).all()


@pytest.mark.parametrize(("path", "counts"), [("direct", False), ("adaptation", True)])
def test_the_temperature_of_a_card_is_that_of_images_of_another_look(
    path: BootstrapPath, counts: bool, tmp_path: Path
) -> None:
    image = Image(make_sem(91, (120, 130))[0].astype(np.float32), "sem")
    warm = Path(shutil.copytree(SEGMENTER, tmp_path / "warm"))
    card = read_card(warm).model_copy(update={"temperature": 3.0})
    (warm / CARD).write_text(card.model_dump_json())
    cold, hot = (
        Bootstrap(Plan(path, segmenter=model, settings=CPU), [image]).predict_seen(image)[1]
        for model in (SEGMENTER, warm)
    )
    np.testing.assert_array_equal(cold.labels.data, hot.labels.data)
    assert (hot.uncertainty.mean() > cold.uncertainty.mean()) == counts


def test_classes_are_those_of_all_images_and_of_the_one() -> None:
    absent = AbsentClasses(("myelin",), {"a": ("axon", "myelin")})
    assert absent.of("a") == ("myelin", "axon")
    assert absent.of("b") == ("myelin",)
    assert AbsentClasses().of("a") == ()


def test_a_table_may_only_name_images_that_get_masks(tmp_path: Path) -> None:
    table = tmp_path / "absent.csv"
    table.write_text("image,absent\na,myelin\n")
    assert AbsentClasses.read(["axon"], table, ["a", "b"]) == AbsentClasses(("axon",), {"a": ("myelin",)})
    with pytest.raises(InputError, match=r"absent\.csv: got classes absent from 'a', expected .* such as 'b'"):
        AbsentClasses.read([], table, ["c", "b"])


@pytest.mark.parametrize("absent", [AbsentClasses(("glia",)), AbsentClasses((), {"sem": ("glia",)})])
def test_an_unknown_class_is_one_sentence(absent: AbsentClasses) -> None:
    images = [Image(make_sem(91, (120, 130))[0].astype(np.float32), "sem")]
    with pytest.raises(InputError, match=r"got the absent class 'glia', expected one .*: axon, myelin"):
        Bootstrap(Plan("tutorship", tutored=TUTORED, absent=absent, settings=CPU), images)


def test_a_bootstrap_leaves_the_class_out_of_the_image_that_lacks_it() -> None:
    images = [Image(make_sem(91, (120, 130))[0].astype(np.float32), name) for name in ("fibres", "control")]
    plan = Plan("tutorship", tutored=TUTORED, absent=AbsentClasses((), {"control": ("myelin",)}), settings=CPU)
    found = {image.name: prediction.labels for image, prediction in Bootstrap(plan, images).predict(images)}
    assert found["fibres"].mask("myelin").any()
    assert not found["control"].mask("myelin").any()


def test_the_windows_process_looks_anew_where_classes_become_absent() -> None:
    image = Image(np.ones((64, 64), np.float32), "a")

    def key(absent: AbsentClasses) -> Any:
        return work._key(Request(Plan("tutorship", absent=absent), [image]), Path("parcel"))  # noqa: SLF001

    keys = {key(AbsentClasses()), key(AbsentClasses(("axon",))), key(AbsentClasses((), {"a": ("axon",)}))}
    assert len(keys) == 3
