"""Files in and out: images, labelled sets, masks, results."""

from labelbridge.io.atomic import atomic_path, check_absent, patiently, prepare_out, to_json, write_files, write_json
from labelbridge.io.decode import count_planes
from labelbridge.io.export import (
    FORMATS,
    ExportOptions,
    bids_mask_files,
    check_stems,
    export_masks,
    write_axondeepseg,
    write_bids_derivatives,
    write_ome_zarr_image,
)
from labelbridge.io.images import find_images, read_image
from labelbridge.io.labeled import read_labeled_set
from labelbridge.io.maskfiles import MaskFiles, find_masks
from labelbridge.io.masks import read_label_map
from labelbridge.io.names import image_stem, subject_of
from labelbridge.io.overlay import draw_overlay
from labelbridge.io.pixelsize import find_pixel_size
from labelbridge.io.provenance import hash_images, make_provenance, sha256_of, versions
from labelbridge.io.results import result_files, write_image, write_result
from labelbridge.io.stacks import StackResult, write_stack_result

__all__ = [
    "FORMATS",
    "ExportOptions",
    "MaskFiles",
    "StackResult",
    "atomic_path",
    "bids_mask_files",
    "check_absent",
    "check_stems",
    "count_planes",
    "draw_overlay",
    "export_masks",
    "find_images",
    "find_masks",
    "find_pixel_size",
    "hash_images",
    "image_stem",
    "make_provenance",
    "patiently",
    "prepare_out",
    "read_image",
    "read_label_map",
    "read_labeled_set",
    "result_files",
    "sha256_of",
    "subject_of",
    "to_json",
    "versions",
    "write_axondeepseg",
    "write_bids_derivatives",
    "write_files",
    "write_image",
    "write_json",
    "write_ome_zarr_image",
    "write_result",
    "write_stack_result",
]
