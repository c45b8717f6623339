"""The segmenter `nnunet`: nnU-Net v2, trained and applied within the process."""

from labelbridge.segment.nnunet.settings import TrainSettings

__all__ = ["TrainSettings"]
