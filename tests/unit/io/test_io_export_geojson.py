"""Polygons: valid, exact, and read as QuPath may have changed them."""

import json
import time
from pathlib import Path

import numpy as np
import pytest

from labelbridge.core import InputError, LabelMap
from labelbridge.io import find_images, find_masks, read_label_map
from labelbridge.io.export.geojson import write_geojson
from labelbridge.io.export.outlines import trace_areas


def save(tmp_path: Path, features: list[dict[str, object]], **members: object) -> Path:
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **members}), encoding="utf-8")
    return path


def square(name: str, left: float, top: float, side: float) -> dict[str, object]:
    right, bottom = left + side, top + side
    ring = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]
    return feature(name, "Polygon", [ring])


def feature(name: str, kind: str, coordinates: object) -> dict[str, object]:
    properties = {"objectType": "annotation", "classification": {"name": name}}
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def read(path: Path, shape: tuple[int, int] | None = (12, 16)) -> LabelMap:
    return read_label_map(find_masks(path)["a"], None, shape=shape)


def signed_area(ring: np.ndarray) -> float:
    x, y = ring.T
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)


@pytest.mark.parametrize("seed", range(20))
def test_areas_are_valid_polygons_of_exactly_their_pixels(seed: int) -> None:
    mask = np.random.default_rng(seed).random((13, 17)) < 0.3 + 0.02 * seed
    areas = list(trace_areas(mask))
    assert sum(signed_area(ring) for rings in areas for ring in rings) == mask.sum()
    for rings in areas:
        assert signed_area(rings[0]) > 0
        assert all(signed_area(hole) < 0 for hole in rings[1:])
        for ring in rings:
            assert np.array_equal(ring[0], ring[-1])
            assert len(np.unique(ring[:-1], axis=0)) == len(ring) - 1, "a ring meets itself"


def test_pixels_that_touch_at_a_corner_are_two_areas_of_one_ring() -> None:
    mask = np.zeros((4, 4), bool)
    mask[1, 1] = mask[2, 2] = True
    assert [len(rings) for rings in trace_areas(mask)] == [1, 1]


def test_a_hole_that_touches_the_outside_at_a_corner_is_a_hole() -> None:
    mask = np.ones((3, 3), bool)
    mask[1, 1] = mask[0, 0] = False
    assert [len(rings) for rings in trace_areas(mask)] == [2]


def test_nothing_has_no_outline() -> None:
    assert not list(trace_areas(np.zeros((5, 5), bool)))


def test_features_are_what_qupath_reads(tmp_path: Path) -> None:
    data = np.zeros((12, 16), np.uint8)
    data[2:9, 2:9], data[4:6, 4:6] = 2, 1
    path = write_geojson(LabelMap(data), "a", tmp_path, overwrite=False, pixel_size_um=0.1)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["type"] == "FeatureCollection"
    axon, myelin = content["features"]
    assert axon["properties"] == {
        "objectType": "annotation",
        "classification": {"name": "axon", "color": [38, 120, 255]},
    }
    assert axon["geometry"]["type"] == "Polygon"
    assert sorted(axon["geometry"]["coordinates"][0][:-1]) == [[4, 4], [4, 6], [6, 4], [6, 6]]
    assert len(myelin["geometry"]["coordinates"]) == 2
    assert (content["labelbridge"]["width"], content["labelbridge"]["height"]) == (16, 12)


def test_collections_are_not_images(tmp_path: Path) -> None:
    write_geojson(LabelMap(np.zeros((20, 20), np.uint8)), "a", tmp_path, overwrite=False)
    with pytest.raises(InputError, match="without images"):
        find_images(tmp_path)


def test_overlaps_are_decided_as_for_masks(tmp_path: Path) -> None:
    path = save(tmp_path, [square("Axon", 4, 4, 4), square("Myelin", 2, 2, 8), square("uaxon", 0, 0, 12)])
    labels = read(path)
    assert labels.classes.names == ("background", "axon", "myelin", "uaxon")
    assert [int((labels.data == value).sum()) for value in (1, 2, 3)] == [16, 64 - 16, 144 - 64]


def test_overlapping_annotations_of_one_class_are_joined(tmp_path: Path) -> None:
    labels = read(save(tmp_path, [square("axon", 1, 1, 4), square("axon", 3, 3, 4)]))
    assert labels.mask("axon").sum() == 16 + 16 - 4


def test_a_pixel_is_inside_where_its_centre_is(tmp_path: Path) -> None:
    labels = read(save(tmp_path, [square("axon", 1.4, 1.6, 2)]))
    assert np.argwhere(labels.mask("axon")).tolist() == [[2, 1], [2, 2], [3, 1], [3, 2]]


def test_multipolygons_collections_points_and_parts_outside(tmp_path: Path) -> None:
    first, second = (square("", corner, corner, 2)["geometry"]["coordinates"] for corner in (0, 11))
    geometries = [{"type": "MultiPolygon", "coordinates": [first, second]}, {"type": "Point", "coordinates": [3, 3]}]
    collected = feature("axon", "GeometryCollection", None)
    collected["geometry"] = {"type": "GeometryCollection", "geometries": geometries}
    labels = read(save(tmp_path, [collected, square("axon", -5, 5, 6)]))
    assert labels.mask("axon").sum() == 4 + 2 + 6


def test_a_bare_list_of_features(tmp_path: Path) -> None:
    path = tmp_path / "a.ome.tif.geojson"
    path.write_text(json.dumps([square("myelin", 0, 0, 3)]), encoding="utf-8")
    assert read(path).mask("myelin").sum() == 9


def test_without_the_size_of_the_image(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--images"):
        read(save(tmp_path, [square("axon", 0, 0, 3)]), shape=None)


def test_annotations_of_something_else(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="classes Tumor, expected axon and myelin"):
        read(save(tmp_path, [square("Tumor", 0, 0, 3)]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]",
        '{"features": 3}',
        '{"features": [{"properties": {"classification": {"name": "axon"}}, "geometry": {"type": "Polygon"}}]}',
        json.dumps({"features": [square("axon", 1e300, 0, 3)]}),
        json.dumps({"features": [], "labelbridge": {"height": -3, "width": 4}}),
        json.dumps({"features": [], "labelbridge": {"height": 1e6, "width": 1e6}}),
        "[" * 100_000,
    ],
)
def test_damaged_files_end_in_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.geojson: got "):
        read(path)


def test_many_fibres_take_seconds(tmp_path: Path) -> None:
    y, x = np.mgrid[:28, :28]
    fibre = np.digitize(np.hypot(y - 13.6, x - 13.8), [7, 12]).astype(np.uint8)
    data = np.tile(np.array([1, 2, 0], np.uint8)[fibre], (36, 36))
    began = time.perf_counter()
    path = write_geojson(LabelMap(data), "a", tmp_path, overwrite=False)
    assert np.array_equal(read(path, None).data, data)
    assert time.perf_counter() - began < 15
