import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from labelbridge.core import ArrayPlane, InputError, Reporter
from labelbridge.segment import read_card
from labelbridge.segment.nnunet.foreign.importing import import_model
from labelbridge.segment.nnunet.loading import read_weights
from labelbridge.segment.nnunet.predict import NnUnetSegmenter
from labelbridge.segment.nnunet.scaling import to_network_range
from labelbridge.segment.nnunet.stock import export_model


@pytest.fixture
def sample(repository: Path) -> Path:
    return repository / "sample_data/models/segmenter"


def _stock_predictor(folder: Path) -> Any:
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    with contextlib.redirect_stdout(io.StringIO()):
        predictor = nnUNetPredictor(device=torch.device("cpu"), allow_tqdm=False)
        predictor.initialize_from_trained_model_folder(str(folder), ("all",), "checkpoint_final.pth")
    return predictor


@pytest.mark.usefixtures("full_precision")
def test_stock_nnunet_predicts_the_same(sample: Path, tmp_path: Path, repository: Path) -> None:
    from labelbridge.io import read_image

    target = export_model(sample, tmp_path / "results")
    image = read_image(next((repository / "sample_data/sem_unlabeled").rglob("*.png")))
    data = to_network_range(np.ascontiguousarray(image.data[:150, :140])).astype(np.float32)
    predictor = _stock_predictor(target)
    assert predictor.allowed_mirroring_axes == (0, 1)
    with contextlib.redirect_stdout(io.StringIO()):
        properties = {"spacing": (999, 1, 1)}
        _, theirs = predictor.predict_single_npy_array(data[None, None], properties, None, None, True)
    bands = NnUnetSegmenter.load(sample, device="cpu").predict(ArrayPlane(data), Reporter())
    ours = np.concatenate(list(bands), axis=1)
    np.testing.assert_allclose(ours, theirs[:, 0], atol=0.02)
    assert np.abs(ours - theirs[:, 0]).mean() < 1e-3


def test_what_was_exported_comes_back_the_same(sample: Path, tmp_path: Path) -> None:
    target = export_model(sample, tmp_path / "results")
    assert target == tmp_path / "results/nnUNetTrainer__nnUNetPlans__2d"
    card = import_model(target, tmp_path / "back", name="back")
    before, after = read_weights(sample, "all"), read_weights(tmp_path / "back", "all")
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert (card.classes, card.mirror_axes) == (read_card(sample).classes, (0, 1))


def test_every_fold_and_no_mirroring(stock, tmp_path: Path) -> None:
    stock.checkpoint["inference_allowed_mirroring_axes"] = None
    import_model(stock.write(tmp_path / "model", ("0", "4")), tmp_path / "ours", name="ours")
    target = export_model(tmp_path / "ours", tmp_path / "results")
    for fold in (0, 4):
        checkpoint = torch.load(target / f"fold_{fold}/checkpoint_final.pth", weights_only=True)
        assert checkpoint["init_args"]["fold"] == fold
        assert checkpoint["inference_allowed_mirroring_axes"] is None


def test_nothing_is_overwritten(sample: Path, tmp_path: Path) -> None:
    export_model(sample, tmp_path)
    with pytest.raises(InputError, match="there already"):
        export_model(sample, tmp_path)
