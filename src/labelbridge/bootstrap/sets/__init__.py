"""Looking at the images of a training before it starts: what there is, and what is wrong with it."""
