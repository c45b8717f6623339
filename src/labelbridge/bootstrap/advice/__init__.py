"""Which path to take: each is tried on a few tiles and judged without a label of U."""
