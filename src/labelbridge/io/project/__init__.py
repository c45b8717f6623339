"""The project folder: images, models, settings, masks and how far each image is."""

from labelbridge.io.project.adding import add_images
from labelbridge.io.project.changes import ImageChanges, ProjectChanges
from labelbridge.io.project.document import ImageState, ProjectDocument, ProjectImage
from labelbridge.io.project.file import PROJECT_FILE
from labelbridge.io.project.masks import current_masks, mask_versions, new_masks_folder, save_masks
from labelbridge.io.project.project import Project
from labelbridge.io.project.reading import read_project_image, read_project_masks
from labelbridge.io.project.relinking import (
    MissingFile,
    find_moved_images,
    missing_files,
    relink,
    relink_images,
)
from labelbridge.io.project.rows import ImageRow

__all__ = [
    "PROJECT_FILE",
    "ImageChanges",
    "ImageRow",
    "ImageState",
    "MissingFile",
    "Project",
    "ProjectChanges",
    "ProjectDocument",
    "ProjectImage",
    "add_images",
    "current_masks",
    "find_moved_images",
    "mask_versions",
    "missing_files",
    "new_masks_folder",
    "read_project_image",
    "read_project_masks",
    "relink",
    "relink_images",
    "save_masks",
]
