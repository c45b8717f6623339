import numpy as np
import pytest

from labelbridge.bootstrap.survey import look_at_labeled, look_from_card, survey
from labelbridge.core import Image, InputError, LabeledImage, LabelMap, ModelCard, Reporter
from make_phantoms import make_sem, make_tem


@pytest.fixture(scope="module")
def labeled() -> list[LabeledImage]:
    pixels, labels = make_tem(41, (256, 256))
    return [LabeledImage(Image(pixels.astype(np.float32), "tem"), LabelMap(np.where(labels > 2, 0, labels)))]


@pytest.fixture(scope="module")
def new() -> list[Image]:
    return [Image(make_sem(seed, (200, 200))[0].astype(np.float32), f"sem-{seed}") for seed in (42, 43)]


def test_what_is_found_is_said_with_numbers(labeled: list[LabeledImage], new: list[Image]) -> None:
    found = survey(look_at_labeled(labeled), new)
    assert found.polarity.polarity == "dark-axon"
    assert found.labeled.style.polarity == "bright-axon"
    assert 0.2 < found.scale.scale < 0.8
    scale, polarity = found.sentences()
    assert f"{found.scale.scale:.3f} (estimated)" in scale
    assert f"{found.fibre_px(new[0]):.0f}" in scale
    assert "new images: dark-axon" in polarity
    assert f"certainty {found.polarity.certainty:.2f}" in polarity


def test_the_look_is_measured_at_the_size_of_the_network(labeled: list[LabeledImage]) -> None:
    own, at_60, upward = (look_at_labeled(labeled, size) for size in (None, 60.0, 1e4))
    assert own.size_px == at_60.size_px == upward.size_px
    assert at_60.style.structure_size_px == pytest.approx(60)
    assert own.style.structure_size_px == upward.style.structure_size_px == pytest.approx(own.size_px)


def test_a_look_from_a_card_finds_what_the_images_find(labeled: list[LabeledImage], new: list[Image]) -> None:
    look = look_at_labeled(labeled)
    card = ModelCard(
        name="m", classes=("background", "axon", "myelin"), labeled_structure_size_px=look.size_px, style=look.style
    )
    remembered = survey(look_from_card(ModelCard.model_validate_json(card.model_dump_json())), new)
    seen = survey(look, new)
    assert remembered.scale.scale == pytest.approx(seen.scale.scale)
    translated = [
        found.translator(found.fibre_px(new[0])).to_labeled(new[0], Reporter()).data for found in (remembered, seen)
    ]
    assert np.allclose(*translated)


def test_a_model_without_its_look_asks_for_labels() -> None:
    card = ModelCard(name="foreign", classes=("background", "axon", "myelin"))
    with pytest.raises(InputError, match=r"foreign.*--labeled"):
        look_from_card(card)


def test_nothing_to_bootstrap(labeled: list[LabeledImage]) -> None:
    with pytest.raises(InputError, match="no image"):
        survey(look_at_labeled(labeled), [])


def test_a_labelled_set_without_axons() -> None:
    bare = LabeledImage(Image(np.zeros((50, 50), np.float32), "bare"), LabelMap(np.zeros((50, 50), np.uint8)))
    with pytest.raises(InputError, match="without axons"):
        look_at_labeled([bare])
