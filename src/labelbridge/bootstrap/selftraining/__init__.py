"""Self-training on U: a model's own masks of it are labels for the next one."""
