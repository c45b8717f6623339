import numpy as np

from labelbridge.refine.snapshot import Snapshot


def test_layers_come_back_as_they_were_whatever_happens_to_them() -> None:
    random = np.random.default_rng(0)
    layers = {name: random.integers(0, 2, (13, 21)).astype(np.uint8) for name in ("axon", "myelin")}
    layers["turned"] = np.asfortranarray(layers["axon"])
    before = {name: layer.copy() for name, layer in layers.items()}
    snapshot = Snapshot(layers)
    for layer in layers.values():
        layer[...] = 1
    assert snapshot.shape == (13, 21)
    assert snapshot.layers().keys() == before.keys()
    for name, layer in snapshot.layers().items():
        np.testing.assert_array_equal(layer, before[name])
        assert layer.dtype == np.uint8
        assert layer.flags.writeable
