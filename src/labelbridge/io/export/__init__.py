"""Masks out, one file a format."""

from labelbridge.io.export.axondeepseg import write_axondeepseg
from labelbridge.io.export.bids import bids_mask_files, write_bids_derivatives
from labelbridge.io.export.formats import FORMATS, ExportOptions
from labelbridge.io.export.held import HeldMasks, join_masks
from labelbridge.io.export.masks import export_masks
from labelbridge.io.export.names import check_stem, check_stems
from labelbridge.io.export.omezarr import write_ome_zarr_image
from labelbridge.io.export.png import encode_masks, encode_png

__all__ = [
    "FORMATS",
    "ExportOptions",
    "HeldMasks",
    "bids_mask_files",
    "check_stem",
    "check_stems",
    "encode_masks",
    "encode_png",
    "export_masks",
    "join_masks",
    "write_axondeepseg",
    "write_bids_derivatives",
    "write_ome_zarr_image",
]
