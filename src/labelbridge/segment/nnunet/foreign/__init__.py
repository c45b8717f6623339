"""Models that others trained with nnU-Net v2, read without running anything of theirs."""
