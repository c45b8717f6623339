import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from labelbridge.core import Cancelled, InputError, ModelCard, Reporter
from labelbridge.io.modelfolder import default_name, find_models
from labelbridge.segment import read_card
from labelbridge.segment.nnunet.architecture import build_network
from labelbridge.segment.nnunet.foreign.importing import ModelFacts, import_model
from labelbridge.segment.nnunet.loading import load_networks, read_model, read_weights


def _import(source: Path, **more: Any) -> tuple[Path, ModelCard]:
    out = source.parent / "imported"
    return out, import_model(source, out, name="foreign", **more)


def _fails(source: Path, match: str) -> None:
    out = source.parent / "imported"
    with pytest.raises(InputError, match=match) as caught:
        import_model(source, out, name="foreign")
    assert "\n" not in str(caught.value)
    assert not out.exists()
    assert not list(source.parent.glob(".imported*"))


def _same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("inside", ["", "nnUNetTrainer__nnUNetPlans__2d/", "a/b/nnUNetTrainer__nnUNetPlans__2d/"])
@pytest.mark.parametrize("zipped", [True, False])
def test_a_released_model_becomes_one_of_ours(stock, tmp_path: Path, inside: str, zipped: bool) -> None:
    if zipped:
        source = stock.write_zip(tmp_path / "released_light.zip", inside)
    else:
        source = tmp_path / "released"
        stock.write(source / inside)
    out, card = _import(source)
    assert find_models(out) == [out]
    assert card == read_card(out)
    assert (card.classes, card.folds, card.intensities) == (("background", "myelin", "axon"), ("all",), "file")
    assert card.structure_size_px is None
    assert card.style is None
    assert source.name in (card.origin or "")
    assert read_model(out).normalization == "RescaleTo01Normalization"
    assert _same(read_weights(out, "all"), dict(stock.network.state_dict()))
    assert sorted(file.name for file in out.iterdir()) == ["config.json", "dataset.json", "fold_all", "plans.json"]


def test_all_folds_are_kept_and_the_best_checkpoint_is_taken(stock, tmp_path: Path) -> None:
    source = stock.write(tmp_path / "model", ("0", "3"), "checkpoint_final.pth")
    stock.checkpoint["network_weights"] = {
        name: weight + 1 for name, weight in stock.checkpoint["network_weights"].items()
    }
    stock.write(source, ("3",), "checkpoint_best.pth")
    out, card = _import(source)
    assert card.folds == ("0", "3")
    assert len(load_networks(read_model(out), torch.device("cpu"))) == 2
    assert _same(read_weights(out, "0"), dict(stock.network.state_dict()))
    assert _same(read_weights(out, "3"), stock.checkpoint["network_weights"])


def test_what_is_known_goes_to_the_card(stock, tmp_path: Path) -> None:
    facts = ModelFacts(licence="MIT", description="Axons.", pixel_size_um=0.225, origin="https://example.org/x.zip")
    stock.checkpoint["inference_allowed_mirroring_axes"] = None
    _, card = _import(stock.write(tmp_path / "model"), facts=facts)
    assert (card.licence, card.description, card.pixel_size_um) == ("MIT", "Axons.", 0.225)
    assert card.origin == "https://example.org/x.zip"
    assert card.mirror_axes == ()


def test_plans_before_nnunet_2_4(stock, tmp_path: Path) -> None:
    modern = stock.configuration.pop("architecture")["arch_kwargs"]
    stock.configuration.update(
        UNet_class_name="PlainConvUNet",
        UNet_base_num_features=4,
        unet_max_num_features=512,
        n_conv_per_stage_encoder=[1, 1],
        n_conv_per_stage_decoder=[1],
        num_pool_per_axis=[1, 1],
        pool_op_kernel_sizes=[[1, 1], [2, 2]],
        conv_kernel_sizes=[[3, 3], [3, 3]],
    )
    stock.plans["foreground_intensity_properties_by_modality"] = {"0": {"mean": 3.0}}
    out, _ = _import(stock.write(tmp_path / "model"))
    model = read_model(out)
    assert model.architecture["arch_kwargs"] == modern
    assert model.intensities == {"mean": 3.0}
    assert _same(read_weights(out, "all"), dict(stock.network.state_dict()))


def test_old_plans_are_read_as_nnunet_reads_them() -> None:
    from nnunetv2.utilities.plans_handling.plans_handler import ConfigurationManager

    from labelbridge.segment.nnunet.foreign.plans import kept_plans

    old = {
        "UNet_class_name": "ResidualEncoderUNet",
        "UNet_base_num_features": 32,
        "unet_max_num_features": 100,
        "n_conv_per_stage_encoder": [1, 3, 4],
        "n_conv_per_stage_decoder": [1, 2],
        "num_pool_per_axis": [2, 2],
        "pool_op_kernel_sizes": [[1, 1], [2, 2], [2, 1]],
        "conv_kernel_sizes": [[3, 3], [3, 3], [5, 3]],
        "patch_size": [64, 32],
    }
    ours = kept_plans({"configurations": {"2d": old}}, "2d", Path("plans.json"))["configurations"]["2d"]
    with pytest.warns(UserWarning, match="old nnU-Net plans"):
        theirs = ConfigurationManager(dict(old)).configuration
    assert theirs["architecture"].pop("network_class_name").endswith("residual_unet.ResidualEncoderUNet")
    assert ours["architecture"].pop("network_class_name").endswith("unet.ResidualEncoderUNet")
    assert ours == theirs


def test_a_configuration_may_inherit(stock, tmp_path: Path) -> None:
    stock.plans["configurations"]["2d_large"] = {"inherits_from": "2d", "patch_size": [64, 64]}
    stock.checkpoint["init_args"]["configuration"] = "2d_large"
    out, _ = _import(stock.write(tmp_path / "model"))
    assert read_model(out).patch == (64, 64)
    assert list(json.loads((out / "plans.json").read_text())["configurations"]) == ["2d"]


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ({"Axon": 2, "background": 0, "MYELIN": 1}, ("background", "myelin", "axon")),
        ({"background": 0, "axon": [1], "myelin": 2, "ignore": 3}, ("background", "axon", "myelin")),
        (
            {"background": 0, "uaxon": 1, "myelin": 2, "axon": 3, "Schwann cell/nuclei": 4, "unmyelinated_axon": 5},
            ("background", "uaxon", "myelin", "axon", "schwann-cell-nuclei", "unmyelinated-axon"),
        ),
        (
            {"background": 0, "axon": 1, "myelin": 2, "AXON": 3, "axonmyelin": 4, "..": 5},
            ("background", "axon", "myelin", "axon-2", "axonmyelin-2", "class-5"),
        ),
    ],
)
def test_classes_by_name(make_stock, tmp_path: Path, labels: dict[str, Any], names: tuple[str, ...]) -> None:
    stock = make_stock(outputs=len(names))
    stock.dataset["labels"] = labels
    out, card = _import(stock.write(tmp_path / "model"))
    assert card.classes == read_model(out).classes.names == names


@pytest.mark.parametrize(
    ("labels", "match"),
    [
        ({"background": 0, "nerve": 1, "axon": 2}, "myelin"),
        ({"background": 0, "myelin": 1, "fibre": 2}, "axon"),
        ({"background": 0, "fibre": [1, 2], "axon": 2}, "region"),
        ({"background": 0, "myelin": 1, "axon": 3}, "consecutive"),
        ({"axon": 0, "myelin": 1, "background": 2}, "background"),
        ({"background": 0, "myelin": 1, "axon": "two"}, "as nnU-Net v2 writes"),
        ([], "as nnU-Net v2 writes"),
    ],
)
def test_labels_that_cannot_be_used(stock, tmp_path: Path, labels: Any, match: str) -> None:
    stock.dataset["labels"] = labels
    _fails(stock.write(tmp_path / "model"), match)


def _volumes(stock: Any) -> None:
    stock.plans["configurations"] = {"3d_fullres": {**stock.configuration, "patch_size": [8, 32, 32]}}
    stock.checkpoint["init_args"]["configuration"] = "3d_fullres"


def _set(place: str, **values: Any) -> Callable[[Any], None]:
    def change(stock: Any) -> None:
        part = stock
        for name in place.split("."):
            part = part[name] if isinstance(part, dict) else getattr(part, name)
        part.update(values)

    return change


ARCHITECTURE = "configuration.architecture"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (_set("dataset", channel_names={"0": "R", "1": "G", "2": "B"}), "3 channels .R, G, B."),
        (_volumes, "volumes"),
        (_set("checkpoint.init_args", configuration="3d_lowres"), "3d_lowres"),
        (_set("configuration", normalization_schemes=["MyNormalization"]), "MyNormalization"),
        (_set("configuration", normalization_schemes=[[]]), "expected one channel"),
        (_set("configuration", normalization_schemes=["CTNormalization"]), "percentile_99_5"),
        (_set("configuration", preprocessor_name="os.system"), "os.system"),
        (_set("configuration", inherits_from="2d"), "inherits"),
        (_set("configuration", patch_size="large"), "expected one of planes"),
        (_set("plans", configurations={}), "expected '2d'"),
        (_set(ARCHITECTURE, network_class_name="os.system"), "os.system"),
        (_set(f"{ARCHITECTURE}.arch_kwargs", nonlin="builtins.eval"), "builtins.eval"),
        (_set(f"{ARCHITECTURE}.arch_kwargs", block="os.system"), "cannot be built"),
        (_set(ARCHITECTURE, _kw_requires_import=["block"]), "block"),
        (_set(f"{ARCHITECTURE}.arch_kwargs", n_stages=10**9), "n_stages"),
        (_set(f"{ARCHITECTURE}.arch_kwargs", n_conv_per_stage=[1, 10**9]), "n_conv_per_stage"),
        (_set(f"{ARCHITECTURE}.arch_kwargs", features_per_stage=[10**6, 10**6]), "another network"),
        (_set("checkpoint", network_weights=None), "network_weights"),
    ],
)
def test_models_that_are_refused(stock, tmp_path: Path, change: Callable[[Any], None], match: str) -> None:
    change(stock)
    _fails(stock.write(tmp_path / "model"), match)


def test_prefixes_of_wrappers_do_not_matter(stock, tmp_path: Path) -> None:
    weights = stock.checkpoint["network_weights"]
    stock.checkpoint["network_weights"] = {f"module._orig_mod.{name}": value for name, value in weights.items()}
    out, _ = _import(stock.write(tmp_path / "model"))
    assert _same(read_weights(out, "all"), weights)


def test_further_heads_of_deep_supervision_are_dropped(stock, tmp_path: Path) -> None:
    weights = stock.checkpoint["network_weights"]
    heads = {name: value for name, value in weights.items() if "seg_layers" in name}
    moved = {name.replace("seg_layers.0", "seg_layers.1"): value for name, value in heads.items()}
    coarse = {name: torch.zeros_like(value) for name, value in heads.items()}
    stock.checkpoint["network_weights"] = {**weights, **coarse, **moved}
    out, _ = _import(stock.write(tmp_path / "model"))
    assert _same(read_weights(out, "all"), weights)


@pytest.mark.parametrize("change", ["missing", "surplus", "shape"])
def test_weights_must_match(stock, tmp_path: Path, change: str) -> None:
    weights = stock.checkpoint["network_weights"]
    first = next(iter(weights))
    if change == "missing":
        del weights[first]
    else:
        weights["further" if change == "surplus" else first] = torch.zeros(7)
    _fails(stock.write(tmp_path / "model"), "another network")


def test_weights_that_are_large_only_in_memory(stock, tmp_path: Path) -> None:
    stock.configuration["architecture"]["arch_kwargs"]["features_per_stage"] = [4096, 4096]
    with torch.device("meta"):
        huge = build_network(stock.configuration["architecture"], 3).state_dict()
    stock.checkpoint["network_weights"] = {name: torch.zeros(1).expand(value.shape) for name, value in huge.items()}
    source = stock.write(tmp_path / "model")
    assert (source / "fold_all/checkpoint_best.pth").stat().st_size < 10**6
    _fails(source, "another network")


def test_json_out_of_all_proportion(stock, tmp_path: Path) -> None:
    with (stock.write(tmp_path / "model") / "plans.json").open("r+b") as file:
        file.truncate(2 * 10**8)
    _fails(tmp_path / "model", "small file")


class _Call:
    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._marker,)


class _System(_Call):
    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return os.system, (f"echo > {self._marker}",)


@pytest.mark.parametrize("call", [_Call, _System])
@pytest.mark.parametrize("where", ["init_args", "logging", "network_weights"])
def test_a_pickled_call_is_not_made(stock, tmp_path: Path, call: type[_Call], where: str) -> None:
    marker = tmp_path / "called"
    stock.checkpoint[where]["evil"] = call(marker)
    source = stock.write(tmp_path / "model")
    assert not marker.exists()
    _fails(source, "does not run")
    assert not marker.exists()


def test_numpy_1_checkpoints(stock, tmp_path: Path) -> None:
    source = stock.write(tmp_path / "model")
    path = source / "fold_all/checkpoint_best.pth"
    assert b"numpy._core" in path.read_bytes()
    _rename_in_pickle(path, b"numpy._core.multiarray", b"numpy.core.multiarray")
    out, _ = _import(source)
    assert _same(read_weights(out, "all"), stock.checkpoint["network_weights"])


def _rename_in_pickle(path: Path, old: bytes, new: bytes) -> None:
    import zipfile

    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(path, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content.replace(old, new) if name.endswith("data.pkl") else content)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half a zip", b"\x80\x02}q\x00.", b"not a pickle at all"])
def test_damaged_checkpoints(stock, tmp_path: Path, content: bytes) -> None:
    source = stock.write(tmp_path / "model")
    (source / "fold_all/checkpoint_best.pth").write_bytes(content)
    _fails(source, "checkpoint_best.pth")


def test_truncated_checkpoint(stock, tmp_path: Path) -> None:
    path = stock.write(tmp_path / "model") / "fold_all/checkpoint_best.pth"
    path.write_bytes(path.read_bytes()[:-500])
    _fails(tmp_path / "model", "damaged")


def test_a_checkpoint_that_is_a_bomb(stock, tmp_path: Path) -> None:
    import zipfile

    path = stock.write(tmp_path / "model") / "fold_all/checkpoint_best.pth"
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("archive/data/99", bytes(10**6))
    _fails(tmp_path / "model", "unpacks to")


@pytest.mark.parametrize("content", [b"", b"[1", b"[]", b"[" * 100_000, b"\xff\xfe\x00"])
@pytest.mark.parametrize("name", ["plans.json", "dataset.json"])
def test_damaged_json(stock, tmp_path: Path, name: str, content: bytes) -> None:
    (stock.write(tmp_path / "model") / name).write_bytes(content)
    _fails(tmp_path / "model", name)


@pytest.mark.parametrize("missing", ["plans.json", "dataset.json", "fold_all/checkpoint_best.pth"])
def test_missing_files(stock, tmp_path: Path, missing: str) -> None:
    (stock.write(tmp_path / "model") / missing).unlink()
    _fails(tmp_path / "model", "expected a trained nnU-Net v2 model")


def test_of_several_models_the_2d_one_is_taken(stock, tmp_path: Path) -> None:
    for name in ("nnUNetTrainer__nnUNetPlans__2d", "nnUNetTrainer__nnUNetPlans__3d_fullres"):
        stock.write(tmp_path / "model" / name)
    _import(tmp_path / "model")
    stock.write(tmp_path / "models/a")
    stock.write(tmp_path / "models/b")
    with pytest.raises(InputError, match=r"2 models \(a, b\)"):
        import_model(tmp_path / "models", tmp_path / "other", name="foreign")


def test_nothing_there_and_our_own(stock, tmp_path: Path) -> None:
    _fails(tmp_path / "nowhere", "nothing there")
    out, _ = _import(stock.write(tmp_path / "model"))
    with pytest.raises(InputError, match="as it is"):
        import_model(out, tmp_path / "again", name="foreign")
    with pytest.raises(InputError, match="there already"):
        import_model(tmp_path / "model", out, name="foreign")


def test_cancel(stock, tmp_path: Path) -> None:
    class Impatient(Reporter):
        def should_stop(self) -> bool:
            return True

    with pytest.raises(Cancelled):
        _import(stock.write(tmp_path / "model"), reporter=Impatient())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model"]


def test_a_stock_model_used_directly_is_told_how_to_import_it(stock, tmp_path: Path) -> None:
    source = stock.write(tmp_path / "model/nnUNetTrainer__nnUNetPlans__2d")
    for place in (source, source.parent, stock.write_zip(tmp_path / "model.zip")):
        with pytest.raises(InputError, match="labelbridge models import"):
            read_card(place)


def test_names_for_folders(tmp_path: Path) -> None:
    (tmp_path / "TEM model (2).zip").touch()
    assert default_name(tmp_path / "TEM model (2).zip") == "TEM-model-2"
    assert default_name(tmp_path / "mouse" / "nnUNetTrainer__nnUNetPlans__2d") == "mouse"
    assert default_name(tmp_path, "../../etc") == "etc"
    with pytest.raises(InputError, match="letters"):
        default_name(tmp_path, "..")


@pytest.mark.usefixtures("full_precision")
def test_the_imported_model_predicts_as_the_network_does(stock, tmp_path: Path) -> None:
    from labelbridge.core import ArrayPlane
    from labelbridge.segment.nnunet.predict import NnUnetSegmenter

    out, _ = _import(stock.write(tmp_path / "model"))
    data = np.random.default_rng(0).uniform(10, 200, (32, 32)).astype(np.float32)
    segmenter = NnUnetSegmenter.load(out, device="cpu", mirroring=False)
    given = np.concatenate(list(segmenter.predict(ArrayPlane(data), Reporter())), axis=1)
    scaled = (data - data.min()) / (data.max() - data.min())
    with torch.inference_mode():
        wanted = stock.network.eval()(torch.from_numpy(scaled)[None, None]).softmax(dim=1)[0].numpy()
    np.testing.assert_allclose(given, wanted, atol=1e-5)
