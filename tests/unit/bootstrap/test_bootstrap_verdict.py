"""Better, same or worse, in words."""

import numpy as np
import pytest

from labelbridge.bootstrap.retraining.verdict import Agreement, Verdict
from labelbridge.core import AXON, MYELIN, LabelMap


def verdict(axon: float, myelin: float, fibres: int = 14) -> Verdict:
    return Verdict(fibres, {AXON: 0.81, MYELIN: 0.77}, {AXON: axon, MYELIN: myelin})


def test_a_better_model_is_told_with_its_numbers() -> None:
    assert verdict(0.86, 0.8).sentence == (
        "On 14 verified fibres that it has not seen the new model is better: axon Dice 0.860 instead of 0.810, "
        "myelin Dice 0.800 instead of 0.770."
    )


def test_a_worse_one_is_advised_against() -> None:
    found = verdict(0.7, 0.775)
    assert found.outcome == "worse"
    assert "the new model is worse: axon Dice 0.700 instead of 0.810" in found.sentence
    assert found.sentence.endswith("Keep the old model, and verify more fibres.")


@pytest.mark.parametrize(("axon", "myelin"), [(0.81, 0.77), (0.814, 0.774), (0.83, 0.75), (0.806, 0.767)])
def test_small_differences_do_not_matter(axon: float, myelin: float) -> None:
    found = verdict(axon, myelin)
    assert found.outcome == "same"
    assert "the new model is as good as the old one" in found.sentence


def test_few_fibres_say_little() -> None:
    assert "so few fibres say little" in verdict(0.9, 0.9, fibres=1).sentence
    assert verdict(0.9, 0.9, fibres=1).sentence.startswith("On 1 verified fibre that")
    assert "say little" not in verdict(0.9, 0.9, fibres=5).sentence


def test_the_card_gets_the_numbers() -> None:
    assert verdict(0.86, 0.8).metrics == {
        "held_out_fibres": 14,
        "held_out_dice_axon": 0.86,
        "held_out_dice_myelin": 0.8,
        "held_out_dice_axon_before": 0.81,
        "held_out_dice_myelin_before": 0.77,
    }


def test_agreement_counts_chosen_pixels_of_all_images_together() -> None:
    truth, prediction = np.zeros((4, 10), np.uint8), np.zeros((4, 10), np.uint8)
    truth[0, :6], prediction[0, 3:9] = 1, 1
    chosen = np.zeros((4, 10), np.bool_)
    chosen[:2, :8] = True
    agreement = Agreement()
    agreement.add(LabelMap(prediction), LabelMap(truth), chosen)
    assert agreement.dice == {AXON: 2 * 3 / 11, MYELIN: 1.0}
    prediction[2] = 2  # not chosen
    agreement.add(LabelMap(prediction), LabelMap(prediction), chosen)
    assert agreement.dice == {AXON: 2 * 8 / 21, MYELIN: 1.0}
