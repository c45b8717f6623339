"""Files that hold all classes of an image and their names: OME-TIFF, OME-Zarr, GeoJSON, labels of nnU-Net sets."""

from labelbridge.io.labelfiles.reading import count_label_planes, find_label_pixel_size, read_label_file

__all__ = ["count_label_planes", "find_label_pixel_size", "read_label_file"]
