"""From choices to a plan, or to what is missing."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labelbridge.bootstrap import Plan, TutorshipSettings
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.core import ModelCard
from labelbridge.io.modelfolder import CARD, WEIGHTS
from labelbridge.plugin.presenters.choices import BootstrapChoices
from labelbridge.plugin.presenters.knownmodels import KnownModel, describe_entry, downloadable, known_models
from labelbridge.plugin.presenters.planning import PATHS, PRESETS, Draft, best_in, training_question
from labelbridge.plugin.presenters.preferences import Preferences
from labelbridge.plugin.presenters.shownimage import ShownImage

SHOWN = ShownImage("layer", "picture", np.zeros((20, 30)))
L = Path("labelled")


def model(**said: Any) -> KnownModel:
    said = {"name": "m", "classes": ("background", "axon", "myelin")} | said
    return KnownModel(Path("model"), ModelCard(**said))


def sample(name: str) -> KnownModel:
    return next(one for one in known_models(()) if one.folder.name == name)


def tutorship(preset: Any, minutes: float | None = None) -> Plan:
    return Plan("tutorship", settings=TutorshipSettings(preset=preset), minutes=minutes)


def draft(chosen: KnownModel | None = None, shown: ShownImage | None = SHOWN, **choices: Any) -> Draft:
    return Draft(shown, BootstrapChoices(**choices), chosen)


def test_the_best_path_suits_what_is_known() -> None:
    assert draft().path == draft(labeled=L).path == "tutorship"
    assert draft(sample("segmenter")).path == "adaptation"
    assert draft(sample("tutored")).path == "tutorship"
    assert draft(model()).path == "direct"
    assert draft(sample("segmenter"), labeled=L).path == "tutorship"
    assert draft(model(), path="adaptation").path == "adaptation"


def test_the_best_path_has_a_time_where_a_tutorship_trains() -> None:
    preferences = Preferences.of({})
    assert draft(labeled=L).plan(preferences).minutes == 10
    assert draft(labeled=L, minutes=25, preset="standard").plan(preferences).minutes == 25
    assert draft(sample("segmenter"), labeled=L).plan(preferences).minutes == 10
    for other in (
        draft(sample("segmenter")),
        draft(sample("tutored")),
        draft(sample("tutored"), labeled=L),
        draft(labeled=L, path="tutorship"),
        draft(sample("segmenter"), labeled=L, path="adaptation"),
    ):
        assert other.plan(preferences).minutes is None, other.choices
    assert draft(labeled=L).stock(preferences).minutes is None, "an advice compares the paths as they are taken"


def test_the_best_path_says_what_it_is_here() -> None:
    assert draft().sentence == draft(labeled=L).sentence
    assert draft(labeled=L).sentence.startswith("Tutorship, trained as long as fits the time")
    assert draft(labeled=L, path="tutorship").sentence == PATHS["tutorship"]
    for one in ("direct", "adaptation"):
        chosen = model() if one == "direct" else sample("segmenter")
        assert draft(chosen).sentence == f"Without labelled images this is {one}. {PATHS[one]}"
    assert draft(sample("tutored"), labeled=L).sentence.endswith("nothing is trained.")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (draft(shown=None, labeled=L), "Open the image"),
        (draft(), "Choose the folder of labelled images"),
        (draft(model(), path="tutorship"), "Tutorship needs labelled images"),
        (draft(model(kind="tutored-segmenter"), path="direct"), "This model comes from a tutorship"),
        (draft(model(), path="adaptation"), "This model does not remember how its images look"),
        (draft(model(), path="adaptation", labeled=L), ""),
        (draft(KnownModel(Path("model"), None, "model: it is broken.")), "model: it is broken."),
        (draft(labeled=L), ""),
        (draft(model()), ""),
        (draft(model(kind="tutored-segmenter")), ""),
    ],
)
def test_what_is_missing_is_said(asked: Draft, sentence: str) -> None:
    assert asked.missing.startswith(sentence)
    assert bool(asked.missing) == bool(sentence)


def test_a_plan_has_each_model_in_its_place() -> None:
    preferences = Preferences.of({"device": "cpu", "tile_overlap": "0.75"})
    translator = Path("translator")
    tutored = draft(sample("tutored"), translator=translator).plan(preferences)
    assert (tutored.path, tutored.segmenter, tutored.translator) == ("tutorship", None, None)
    assert tutored.tutored == sample_data_folder() / "models" / "tutored"
    adapted = draft(sample("segmenter"), translator=translator, preset="tiny").plan(preferences)
    assert (adapted.path, adapted.tutored, adapted.translator) == ("adaptation", None, translator)
    assert adapted.segmenter == sample_data_folder() / "models" / "segmenter"
    assert adapted.settings == TutorshipSettings(device="cpu", preset="tiny")
    assert adapted.tile_overlap == 0.75
    assert draft(model(), translator=translator).plan(preferences).translator is None
    assert Draft(SHOWN, BootstrapChoices(labeled=L), None, 0.25).plan(preferences).scale == 0.25


def test_a_model_without_axon_is_told_before_anything_runs(tmp_path: Path) -> None:
    folder = tmp_path / "nuclei"
    folder.mkdir()
    card = ModelCard(name="nuclei", classes=("background", "nucleus"))
    (folder / CARD).write_text(card.model_dump_json(), encoding="utf-8")
    (folder / WEIGHTS).write_bytes(b"")
    (found,) = (one for one in known_models([tmp_path]) if not one.is_sample)
    assert draft(found).missing == (
        "The model 'nuclei' has the classes nucleus and no axon and no myelin; choose another model."
    )


def test_a_model_that_cannot_be_read_is_in_the_list_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / CARD).write_text("{}", encoding="utf-8")
    (found,) = (one for one in known_models((), [tmp_path]) if not one.is_sample)
    assert found.card is None
    assert "cannot be read" in found.title
    assert str(tmp_path) in draft(found).missing


def test_models_say_what_they_are() -> None:
    facts = sample("segmenter").facts
    for said in ("Bright axons in dark myelin.", "Classes: axon, myelin.", "Fibres of 40 px.", "Licence: "):
        assert said in facts
    generalist = next(entry for entry in downloadable() if entry.name == "generalist")
    for said in ("TEM, SEM, BF, CARS", "axon, myelin", "Licence: unknown", generalist.page):
        assert said in describe_entry(generalist)


def test_every_path_and_training_is_explained_in_a_sentence() -> None:
    assert set(PATHS) == {"direct", "adaptation", "tutorship"}
    assert all(sentence.endswith(".") for sentence in PATHS.values())
    for preset in PRESETS:
        assert training_question(tutorship(preset)).endswith("Train it now?")
    assert "takes about 5 to 10 minutes" in training_question(tutorship("cpu"))


def test_a_training_for_a_time_is_said_to_take_that_time() -> None:
    assert best_in(1) == "best in 1 minute"
    assert "takes up to about 25 minutes, longer only where" in training_question(tutorship("standard", 25))
    assert "takes up to about 1 minute, longer only where" in training_question(tutorship("cpu", 1))


def test_choices_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path))
    assert BootstrapChoices.load() == BootstrapChoices()
    chosen = BootstrapChoices(labeled=tmp_path / "tem", path="adaptation", minutes=25, planes="all")
    chosen.save()
    assert BootstrapChoices.load() == chosen
    (tmp_path / BootstrapChoices.FILE).write_text('{"path": "sideways"}', encoding="utf-8")
    assert BootstrapChoices.load() == BootstrapChoices()
    (tmp_path / BootstrapChoices.FILE).write_text("{", encoding="utf-8")
    assert BootstrapChoices.load() == BootstrapChoices()


def test_a_disk_that_keeps_nothing_disturbs_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "file" / "home"))
    BootstrapChoices().save()
