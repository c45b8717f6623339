"""Computing in a process of its own, so that the window's process loads no torch and can end it at any time."""

from labelbridge.bootstrap.server.client import InferenceClient
from labelbridge.bootstrap.server.failures import InferenceFailed
from labelbridge.bootstrap.server.results import Findings, Outcome

__all__ = ["Findings", "InferenceClient", "InferenceFailed", "Outcome"]
