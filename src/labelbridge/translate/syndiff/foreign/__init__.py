"""Translators that were trained with the published SynDiff code."""
