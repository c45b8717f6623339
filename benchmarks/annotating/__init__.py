"""A scripted annotator in the Refine dock; `benchmarks/annotation_effort.py` is the command."""
