"""Whole models: as nnU-Net leaves them, as a zip, and as a model folder of ours."""

import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from fuzzing.image_seeds import files_in
from fuzzing.mutations import Files

__all__ = ["MODEL_SEEDS", "STOCK_SEEDS"]

_ARGUMENTS: dict[str, Any] = {
    "n_stages": 2,
    "features_per_stage": [2, 4],
    "conv_op": "torch.nn.modules.conv.Conv2d",
    "kernel_sizes": [[3, 3], [3, 3]],
    "strides": [[1, 1], [2, 2]],
    "n_conv_per_stage": [1, 1],
    "n_conv_per_stage_decoder": [1],
    "conv_bias": True,
    "norm_op": "torch.nn.modules.instancenorm.InstanceNorm2d",
    "norm_op_kwargs": {"eps": 1e-5, "affine": True},
    "dropout_op": None,
    "dropout_op_kwargs": None,
    "nonlin": "torch.nn.LeakyReLU",
    "nonlin_kwargs": {"inplace": True},
}
_PLANS: dict[str, Any] = {
    "plans_name": "nnUNetPlans",
    "dataset_name": "Dataset001_Fibres",
    "configurations": {
        "2d": {
            "patch_size": [32, 32],
            "batch_size": 2,
            "preprocessor_name": "DefaultPreprocessor",
            "normalization_schemes": ["ZScoreNormalization"],
            "use_mask_for_norm": [False],
            "architecture": {
                "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
                "arch_kwargs": _ARGUMENTS,
                "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
            },
        }
    },
    "foreground_intensity_properties_per_channel": {"0": {"mean": 100.0, "std": 20.0}},
}
_DATASET: dict[str, Any] = {
    "channel_names": {"0": "SEM"},
    "labels": {"background": 0, "myelin": 1, "axon": 2},
    "numTraining": 2,
    "file_ending": ".png",
    "licence": "CC0-1.0",
}


def _stock() -> Files:
    return {
        "plans.json": json.dumps(_PLANS).encode(),
        "dataset.json": json.dumps(_DATASET).encode(),
        "fold_all/checkpoint_best.pth": _checkpoint(),
    }


def _checkpoint() -> bytes:
    """Return a checkpoint as nnU-Net's trainer saves it."""
    import torch
    from dynamic_network_architectures.architectures.unet import PlainConvUNet

    torch.manual_seed(0)
    parts = {"conv_op": torch.nn.Conv2d, "norm_op": torch.nn.InstanceNorm2d, "nonlin": torch.nn.LeakyReLU}
    network = PlainConvUNet(1, num_classes=3, deep_supervision=True, **{**_ARGUMENTS, **parts})
    content = {
        "network_weights": network.state_dict(),
        "optimizer_state": {"state": {}, "param_groups": [{"lr": 0.01}]},
        "grad_scaler_state": None,
        "logging": {"train_losses": [np.float32(0.5)]},
        "_best_ema": np.float64(0.5),
        "current_epoch": 10,
        "init_args": {"configuration": "2d", "fold": "all"},
        "trainer_name": "nnUNetTrainer",
        "inference_allowed_mirroring_axes": (0, 1),
    }
    stream = BytesIO()
    torch.save(content, stream)
    return stream.getvalue()


def _zip() -> Files:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _stock().items():
            archive.writestr(zipfile.ZipInfo(f"model/{name}"), content)
    return {"model.zip": stream.getvalue()}


def _ours() -> Files:
    from labelbridge.segment.nnunet.foreign.importing import import_model

    with TemporaryDirectory() as folder:
        stock = Path(folder, "stock")
        for name, content in _stock().items():
            (stock / name).parent.mkdir(parents=True, exist_ok=True)
            (stock / name).write_bytes(content)
        import_model(stock, Path(folder, "ours"), name="fibres")
        return files_in(Path(folder, "ours"))


STOCK_SEEDS: dict[str, Callable[[], Files]] = {
    "nnU-Net model, folder": lambda: {f"model/{name}": content for name, content in _stock().items()},
    "nnU-Net model, zip": _zip,
}
"""Makers of models that are imported."""

MODEL_SEEDS: dict[str, Callable[[], Files]] = {
    "our model": lambda: {f"model/{name}": content for name, content in _ours().items()},
}
"""Makers of models that are loaded."""
