"""Translators whose quality is known beforehand, judged, ranked and reported."""

import json
import math
import re
import time
from collections.abc import Callable

import numpy as np
import pytest
from scipy import ndimage

from labelbridge.core import FloatArray, InputError, LabelBridgeError, LabelMap
from labelbridge.evaluate.translation import (
    Direction,
    HeldOut,
    Translate,
    TranslationJudge,
    score,
    translation_report,
)
from labelbridge.evaluate.translation.picking import broken_conditions
from phantoms import make_sem
from phantoms.sem import LOOKS

FIBRE_PX = 24.0
GAMMA = 1.5


def sem(seed: int) -> tuple[FloatArray, LabelMap]:
    data, labels = make_sem(seed, (136, 136), LOOKS[0])
    return (data / 255).astype(np.float32), LabelMap(labels)


@pytest.fixture(scope="module")
def judge() -> TranslationJudge:
    """L is SEM turned to bright axons and another gamma, so the perfect translator is known."""
    labeled = [HeldOut((1 - data) ** GAMMA, labels) for data, labels in map(sem, range(3))]
    unlabeled = [HeldOut(data) for data, _ in map(sem, range(3, 6))]
    return TranslationJudge(labeled, unlabeled, "bright-axon", "dark-axon", FIBRE_PX)


def perfect(data: FloatArray, direction: Direction) -> FloatArray:
    return (1 - data) ** GAMMA if direction == "to_labeled" else 1 - data ** (1 / GAMMA)


def plain(data: FloatArray, direction: Direction) -> FloatArray:
    return 1 - data


def blurred(data: FloatArray, direction: Direction) -> FloatArray:
    return ndimage.gaussian_filter(perfect(data, direction), 1.2)


def identity(data: FloatArray, direction: Direction) -> FloatArray:
    return data


def shifting(data: FloatArray, direction: Direction) -> FloatArray:
    return np.roll(perfect(data, direction), 2 if direction == "to_labeled" else -2, axis=0)


def hiding(data: FloatArray, direction: Direction) -> FloatArray:
    """Erase whatever lies in every other square of two fibres, and let the way back fill it again."""
    translated = perfect(data, direction)
    squares = np.indices(data.shape) // int(2 * FIBRE_PX)
    return np.where((squares.sum(axis=0) % 2).astype(bool), np.float32(translated.mean()), translated)


@pytest.fixture(scope="module")
def judged(judge: TranslationJudge) -> dict[str, dict[str, float]]:
    translators: list[Translate] = [perfect, plain, blurred, identity, shifting, hiding]
    return {getattr(one, "__name__", ""): judge(one) for one in translators}


def test_a_perfect_translator_gets_perfect_numbers(
    judged: dict[str, dict[str, float]], judge: TranslationJudge
) -> None:
    found = judged["perfect"]
    assert found["cycle_labeled_ssim"] == pytest.approx(1, abs=1e-4)
    assert found["cycle_unlabeled_psnr_db"] > 60
    assert found["cycle_labeled_l1"] < 1e-4
    for modality, distance in judge.halves().items():
        assert found[modality] < 2 * distance
    for way in ("to_labeled", "to_unlabeled"):
        assert found[f"polarity_agreement_{way}"] == 1
        assert found[f"edges_found_{way}"] == 1
        assert found[f"edge_displacement_{way}_median_px"] < 0.1
    changes = [value for name, value in found.items() if "_lost_" in name or "_invented_" in name]
    assert len(changes) == 10
    assert max(changes) == 0
    assert min(found["fibres_labeled"], found["fibres_unlabeled"]) > 20


def test_each_fault_shows_in_its_own_numbers(judged: dict[str, dict[str, float]]) -> None:
    assert judged["shifting"]["edge_displacement_to_labeled_median_px"] == pytest.approx(2, abs=0.1)
    assert judged["shifting"]["cycle_labeled_ssim"] > 0.9
    assert judged["identity"]["polarity_agreement_to_unlabeled"] == 0
    assert judged["identity"]["cycle_unlabeled_ssim"] == 1
    assert judged["hiding"]["fibres_lost_to_labeled"] > 0.3
    assert judged["hiding"]["labeled_fibres_lost_to_unlabeled"] > 0.3
    assert judged["blurred"]["patch_distance_labeled"] > 2 * judged["perfect"]["patch_distance_labeled"]
    assert judged["plain"]["patch_distance_labeled"] > 1.2 * judged["perfect"]["patch_distance_labeled"]


def test_the_score_ranks_true_ones_by_their_look_and_false_ones_below_zero(
    judged: dict[str, dict[str, float]],
) -> None:
    scores = {name: score(metrics) for name, metrics in judged.items()}
    assert 1 > scores["perfect"] > scores["plain"] > scores["blurred"] > 0
    assert max(scores["identity"], scores["shifting"], scores["hiding"]) < 0
    assert scores["shifting"] > scores["identity"]


def test_breaking_a_condition_by_a_little_is_worse_than_the_worst_look(judged: dict[str, dict[str, float]]) -> None:
    poor = judged["perfect"] | {"cycle_labeled_ssim": 0.0, "cycle_unlabeled_ssim": 0.0, "patch_distance_labeled": 1.5}
    assert score(poor) == 0
    for name, value in {
        "polarity_agreement_to_labeled": 0.79,
        "edge_displacement_to_unlabeled_median_px": 1.01,
        "edges_found_to_unlabeled": 0.49,
        "fibres_lost_cycle_labeled": 0.11,
        "fibres_invented_to_unlabeled": math.nan,
    }.items():
        assert score(judged["perfect"] | {name: value}) < 0
        assert len(broken_conditions(judged["perfect"] | {name: value})) == 1
    both = {"fibres_lost_to_labeled": 0.06, "fibres_invented_to_labeled": 0.06}
    assert score(judged["perfect"] | both) < 0


def test_among_false_ones_the_nearer_to_holding_is_better(judged: dict[str, dict[str, float]]) -> None:
    near, far = (score(judged["perfect"] | {"edge_displacement_to_labeled_median_px": px}) for px in (1.5, 3.0))
    assert 0 > near > far


def test_numbers_are_plain_finite_and_the_same_every_time(
    judged: dict[str, dict[str, float]], judge: TranslationJudge
) -> None:
    assert json.loads(json.dumps(judged["blurred"], allow_nan=False)) == judged["blurred"]
    assert judge(blurred) == judged["blurred"]
    destroyed = judge(lambda data, direction: np.full_like(data, 0.5))
    assert all(type(value) is float and math.isfinite(value) for value in destroyed.values())
    assert score(destroyed) < 0


def test_labels_of_unlabeled_images_are_never_looked_at() -> None:
    (data, labels), (other, _) = sem(0), sem(1)
    wrong = LabelMap(np.roll(labels.data, 40, axis=0))
    without, given = (
        TranslationJudge([HeldOut(1 - other)], [HeldOut(data, truth)], "bright-axon", "dark-axon", FIBRE_PX)(plain)
        for truth in (None, wrong)
    )
    assert without == given
    assert not any(name.startswith("labeled_fibres") for name in given)


def test_judging_takes_about_a_second(judge: TranslationJudge) -> None:
    start = time.process_time()
    judge(plain)
    assert time.process_time() - start < 5


def test_the_report_says_what_is_good_and_what_is_bad(
    judged: dict[str, dict[str, float]], judge: TranslationJudge
) -> None:
    page = translation_report({"SynDiff": judged["perfect"], "intensity": judged["plain"]}, {"real": judge.halves()})
    assert "SynDiff: bright and dark, edges and fibres stay" in page
    assert re.search(r"Beside intensity: .*closer to real L \(0\.\d{3} and 0\.\d{3}\)\.", page)
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {5}
    assert "| L→U: fibres lost | 0.0% | 0.0% |  |" in rows
    assert re.search(r"\| U→L: patch distance to real L \| 0\.\d{3} \| 0\.\d{3} \| 0\.\d{3} \|", page)
    named = {name for name in judged["perfect"] if not name.startswith("patch")}
    assert len(rows) == 2 + len(named) + 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("identity", "exchanges bright and dark from U to L"),
        ("shifting", "moves edges from L to U"),
        ("hiding", "loses or invents too many fibres from U to L"),
    ],
)
def test_the_report_warns_of_what_is_false(judged: dict[str, dict[str, float]], name: str, words: str) -> None:
    page = translation_report({name: judged[name]})
    assert f"{name}: do not rely on it" in page
    assert words in page
    assert "real images" not in page


def test_the_report_says_where_there_are_few_fibres(judged: dict[str, dict[str, float]]) -> None:
    page = translation_report({"SynDiff": judged["perfect"] | {"fibres_labeled": 4.0}})
    assert "Only 4 fibres" in page


def test_both_modalities_are_needed() -> None:
    with pytest.raises(InputError, match="got 1 images of L and 0 of U"):
        TranslationJudge([HeldOut(sem(0)[0])], [], "bright-axon", "dark-axon", FIBRE_PX)


@pytest.mark.parametrize(
    ("translate", "error", "words"),
    [
        (lambda data, direction: data[:-1], InputError, "expected one shape"),
        (lambda data, direction: data * np.nan, LabelBridgeError, "NaN"),
    ],
)
def test_translations_that_cannot_be_judged_are_told(
    judge: TranslationJudge, translate: Callable[..., FloatArray], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        judge(translate)
