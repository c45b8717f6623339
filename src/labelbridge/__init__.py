"""LabelBridge carries axon and myelin labels across microscopy modalities."""

__all__ = ["__version__"]

__version__ = "0.1.0"
