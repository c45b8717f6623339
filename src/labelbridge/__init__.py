"""LabelBridge carries axon and myelin labels across microscopy modalities."""

import os

__all__ = ["__version__"]

__version__ = "0.1.0"

# Before torch is loaded: on Linux its threads wait for each other by running in circles, by default for milliseconds.
# Where other programs want the same cores, that takes the time away from the very thread that is waited for.
os.environ.setdefault("GOMP_SPINCOUNT", "20000")
