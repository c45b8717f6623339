"""TIFF of every kind: its pages, what they count, and their pixels; the modules here import tifffile."""
