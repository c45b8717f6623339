import subprocess
import sys

import pytest

from labelbridge.core import InputError
from labelbridge.segment.nnunet import TrainSettings


def test_presets_say_what_they_are() -> None:
    cpu, standard = TrainSettings.from_preset("cpu"), TrainSettings.from_preset("standard")
    assert (cpu.iterations, cpu.patch_px, cpu.batch, cpu.features) == (1000, 128, 8, (16, 32, 64, 128))
    assert cpu.folds == ("all",)
    assert (standard.iterations, standard.iterations_per_epoch) == (250_000, 250)
    assert standard.folds == ("0", "1", "2", "3", "4")
    assert standard.patch_px is standard.batch is standard.features is None


def test_overrides_replace_values_of_the_preset() -> None:
    settings = TrainSettings.from_preset("cpu", iterations=7, folds=("0", "3"), seed=5)
    assert (settings.iterations, settings.folds, settings.seed, settings.batch) == (7, ("0", "3"), 5, 8)


def test_trained_weights_are_trained_on_more_slowly() -> None:
    usual, going_on = TrainSettings.from_preset("cpu"), TrainSettings.keeping_plan("cpu", iterations=7)
    assert (going_on.optimizer, going_on.learning_rate) == (usual.optimizer, usual.learning_rate / 2)
    assert (going_on.iterations, going_on.patch_px, going_on.features, going_on.batch) == (7, None, None, None)
    assert TrainSettings.keeping_plan("standard", learning_rate=0.3).learning_rate == 0.3


@pytest.mark.parametrize(
    ("overrides", "word"),
    [
        ({"folds": ("7",)}, "folds"),
        ({"folds": ()}, "folds"),
        ({"folds": ("0", "0")}, "folds"),
        ({"patch_px": 100}, "patch_px"),
        ({"patch_px": 16}, "patch_px"),
        ({"patch_px": None}, "patch_px"),
        ({"iterations": 0}, "iterations"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_what_does_not_fit_is_told_in_one_sentence(overrides: dict[str, object], word: str) -> None:
    with pytest.raises(InputError, match=word) as caught:
        TrainSettings.from_preset("cpu", **overrides)
    assert "\n" not in str(caught.value)


def test_unknown_preset() -> None:
    with pytest.raises(InputError, match="expected one of"):
        TrainSettings.from_preset("huge")  # type: ignore[arg-type]


def test_settings_and_models_load_no_torch() -> None:
    code = (
        "import sys; import labelbridge.segment, labelbridge.segment.nnunet, labelbridge.segment.models; "
        "import labelbridge.segment.nnunet.train; "
        "sys.exit(any(name in sys.modules for name in ('torch', 'nnunetv2')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
