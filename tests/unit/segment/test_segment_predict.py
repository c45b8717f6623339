from pathlib import Path

import numpy as np
import pytest

from labelbridge.core import ArrayPlane, Cancelled, FloatArray, Image, InputError, Reporter, resolve_device
from labelbridge.segment.nnunet.predict import NnUnetSegmenter


class Stopper(Reporter):
    """Counts reports and asks to stop after some."""

    def __init__(self, after: int = 10**9) -> None:
        self.after = after
        self.reports: list[tuple[float, float]] = []

    def progress(self, done: float, total: float, stage: str) -> None:
        self.reports.append((done, total))

    def should_stop(self) -> bool:
        return len(self.reports) >= self.after


def predict(segmenter: NnUnetSegmenter, image: Image, reporter: Reporter | None = None) -> FloatArray:
    return np.concatenate(list(segmenter.predict(ArrayPlane(image.data), reporter or Reporter())), axis=1)


@pytest.fixture(scope="module")
def segmenter(trained) -> NnUnetSegmenter:
    return NnUnetSegmenter.load(trained.model, device="cpu")


@pytest.mark.parametrize("shape", [(16, 16), (33, 150), (64, 64), (65, 131)])
def test_probabilities_have_the_images_shape_and_sum_to_one(segmenter, make_rings, shape: tuple[int, int]) -> None:
    result = predict(segmenter, make_rings(9, shape).image)
    assert result.shape == (3, *shape)
    assert result.dtype == np.float32
    assert result.min() >= 0
    np.testing.assert_allclose(result.sum(axis=0), 1, atol=1e-5)


def test_it_has_learned_what_axons_look_like(segmenter, make_rings) -> None:
    sample = make_rings(77, (130, 140))
    labels = predict(segmenter, sample.image).argmax(axis=0)
    truth = sample.labels.mask("axon")
    assert 2 * (truth & (labels == 1)).sum() / (truth.sum() + (labels == 1).sum()) > 0.7


def test_units_of_the_image_do_not_matter(segmenter, make_rings) -> None:
    image = make_rings(9, (80, 90)).image
    other = image.with_data(image.data * 250 + 1000)
    np.testing.assert_allclose(predict(segmenter, image), predict(segmenter, other), atol=0.01)


def test_mirroring_makes_prediction_commute_with_flips(segmenter, trained, make_rings) -> None:
    image = make_rings(9, (64, 64)).image
    flipped = image.with_data(image.data[::-1].copy())
    one, two = (predict(segmenter, each) for each in (image, flipped))
    np.testing.assert_allclose(one, two[:, ::-1], atol=1e-3)
    plain = NnUnetSegmenter.load(trained.model, device="cpu", mirroring=False)
    one, two = (predict(plain, each) for each in (image, flipped))
    assert np.abs(one - two[:, ::-1]).max() > 1e-3


def test_same_as_nnunets_own_predictor(segmenter, trained, make_rings) -> None:
    import torch
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    from labelbridge.segment.nnunet.loading import load_networks, read_model
    from labelbridge.segment.nnunet.scaling import fit_normalizer

    model, cpu = read_model(trained.model), torch.device("cpu")
    predictor = nnUNetPredictor(device=cpu, allow_tqdm=False)
    plans = PlansManager(str(trained.model / "plans.json"))
    labels = {"labels": {"background": 0, "axon": 1, "myelin": 2}, "channel_names": {"0": "microscopy"}}
    network = load_networks(model, cpu)[0]
    predictor.manual_initialization(
        network, plans, plans.get_configuration("2d"), None, labels, "nnUNetTrainer", (0, 1)
    )
    image = make_rings(12, (100, 47)).image
    logits = predictor.predict_sliding_window_return_logits(
        torch.from_numpy(fit_normalizer(image.data)(image.data))[None, None]
    )
    expected = torch.softmax(logits.float(), 0)[:, 0].numpy()
    np.testing.assert_allclose(predict(segmenter, image), expected, atol=0.01)


def test_progress_reaches_the_end_and_cancel_is_prompt(segmenter, make_rings) -> None:
    image = make_rings(9, (200, 200)).image
    full = Stopper()
    predict(segmenter, image, full)
    assert full.reports[-1][0] == full.reports[-1][1] > 4
    stopper = Stopper(after=2)
    with pytest.raises(Cancelled):
        predict(segmenter, image, stopper)
    assert len(stopper.reports) == 2


def test_what_it_says_of_itself(segmenter) -> None:
    assert segmenter.classes.names == ("background", "axon", "myelin")
    assert segmenter.structure_size_px == 18.0
    assert segmenter.card.name == "rings"


def test_a_flat_image_gives_finite_probabilities(segmenter) -> None:
    result = predict(segmenter, Image(np.full((50, 40), 7, np.float32), "flat"))
    assert np.isfinite(result).all()


@pytest.mark.parametrize("overlap", [-0.1, 1.0])
def test_overlap_out_of_range(trained, overlap: float) -> None:
    with pytest.raises(InputError, match="overlap"):
        NnUnetSegmenter.load(trained.model, overlap=overlap)


def test_devices(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import torch

    assert resolve_device("cpu").type == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert resolve_device("auto").type == "cpu"
    for absent in ("cuda", "mps"):
        with pytest.raises(InputError, match=absent):
            resolve_device(absent)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert resolve_device("auto").type == "mps"
