"""Training a translator on images of L and U, judging it, and using it on labelled images."""
