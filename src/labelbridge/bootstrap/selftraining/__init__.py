"""Self-training on U: a model's own masks, where they can be trusted, become labels for the next one."""
