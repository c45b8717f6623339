"""Translators: the look of one modality from the images of another."""
