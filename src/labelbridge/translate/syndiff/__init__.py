"""SynDiff: unpaired translation by adversarial diffusion.

Özbey et al., Unsupervised Medical Image Translation with Adversarial Diffusion Models, IEEE TMI 2023, arXiv 2207.08208.
"""
