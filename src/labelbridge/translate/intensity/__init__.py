"""Translation by intensities alone: polarity, contrast and quantiles, without training."""

from labelbridge.translate.intensity.normalize import centred, stretch
from labelbridge.translate.intensity.polarity import PolarityEvidence, decide_polarity, labeled_polarity
from labelbridge.translate.intensity.statistics import measure_style
from labelbridge.translate.intensity.translator import IntensityTranslator

__all__ = [
    "IntensityTranslator",
    "PolarityEvidence",
    "centred",
    "decide_polarity",
    "labeled_polarity",
    "measure_style",
    "stretch",
]
