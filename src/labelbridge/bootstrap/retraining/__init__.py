"""Training a model on with corrected masks: what is verified, what is held out, whether it helped."""
