"""The Stylist: labelled images of L, made to look like many possible U."""

from labelbridge.translate.style.settings import StyleSettings
from labelbridge.translate.style.stylist import Stylist

__all__ = ["StyleSettings", "Stylist"]
