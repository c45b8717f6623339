"""The vocabulary that every room shares."""

from labelbridge.core.areas import Numbers, circle_diameter, count_pixels, count_shared_pixels, number_areas
from labelbridge.core.arrays import AnyArray, BoolArray, FloatArray, LabelArray
from labelbridge.core.device import Device, resolve_device
from labelbridge.core.errors import Cancelled, InputError, LabelBridgeError, NoLabels, lacks_memory, lacks_room
from labelbridge.core.image import MIN_SIDE_PX, Image
from labelbridge.core.labels import AXON, AXON_MYELIN, BACKGROUND, MYELIN, ClassMap, LabelMap
from labelbridge.core.modelcard import ModelCard
from labelbridge.core.myelin import GAP_PX, MYELIN_MARGIN_PX, TIE_PX, myelin_ways, nearest_axons
from labelbridge.core.overlap import MOST_OVERLAP, check_overlap
from labelbridge.core.plane import ArrayPlane, Plane, bands, look, windows
from labelbridge.core.precision import has_bfloat16, reduced_precision
from labelbridge.core.prediction import Prediction, most_probable, tempered, uncertainty_of
from labelbridge.core.protocols import Segmenter, Translator
from labelbridge.core.reporter import PartReporter, QuietReporter, Reporter, StageReporter
from labelbridge.core.resample import ResampledPlane, resample, resample_labels, scaled_shape
from labelbridge.core.sample import LabeledImage
from labelbridge.core.scratch import make_scratch_folder, scratch_array, scratch_folder
from labelbridge.core.spread import evenly
from labelbridge.core.style import Polarity, StyleStatistics
from labelbridge.core.translatorcard import TranslatorCard
from labelbridge.core.words import counted, size_in_words

__all__ = [
    "AXON",
    "AXON_MYELIN",
    "BACKGROUND",
    "GAP_PX",
    "MIN_SIDE_PX",
    "MOST_OVERLAP",
    "MYELIN",
    "MYELIN_MARGIN_PX",
    "TIE_PX",
    "AnyArray",
    "ArrayPlane",
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
    "NoLabels",
    "Numbers",
    "PartReporter",
    "Plane",
    "Polarity",
    "Prediction",
    "QuietReporter",
    "Reporter",
    "ResampledPlane",
    "Segmenter",
    "StageReporter",
    "StyleStatistics",
    "Translator",
    "TranslatorCard",
    "bands",
    "check_overlap",
    "circle_diameter",
    "count_pixels",
    "count_shared_pixels",
    "counted",
    "evenly",
    "has_bfloat16",
    "lacks_memory",
    "lacks_room",
    "look",
    "make_scratch_folder",
    "most_probable",
    "myelin_ways",
    "nearest_axons",
    "number_areas",
    "reduced_precision",
    "resample",
    "resample_labels",
    "resolve_device",
    "scaled_shape",
    "scratch_array",
    "scratch_folder",
    "size_in_words",
    "tempered",
    "uncertainty_of",
    "windows",
]
