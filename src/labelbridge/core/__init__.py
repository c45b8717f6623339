"""The vocabulary that every room shares."""

from labelbridge.core.arrays import AnyArray, BoolArray, FloatArray, LabelArray
from labelbridge.core.device import Device
from labelbridge.core.errors import Cancelled, InputError, LabelBridgeError
from labelbridge.core.image import MIN_SIDE_PX, Image
from labelbridge.core.labels import AXON, AXON_MYELIN, BACKGROUND, MYELIN, ClassMap, LabelMap
from labelbridge.core.modelcard import ModelCard
from labelbridge.core.prediction import Prediction
from labelbridge.core.protocols import Segmenter, Translator
from labelbridge.core.reporter import Reporter, StageReporter
from labelbridge.core.resample import resample, resample_labels, scaled_shape
from labelbridge.core.sample import LabeledImage
from labelbridge.core.style import Polarity, StyleStatistics

__all__ = [
    "AXON",
    "AXON_MYELIN",
    "BACKGROUND",
    "MIN_SIDE_PX",
    "MYELIN",
    "AnyArray",
    "BoolArray",
    "Cancelled",
    "ClassMap",
    "Device",
    "FloatArray",
    "Image",
    "InputError",
    "LabelArray",
    "LabelBridgeError",
    "LabelMap",
    "LabeledImage",
    "ModelCard",
    "Polarity",
    "Prediction",
    "Reporter",
    "Segmenter",
    "StageReporter",
    "StyleStatistics",
    "Translator",
    "resample",
    "resample_labels",
    "scaled_shape",
]
