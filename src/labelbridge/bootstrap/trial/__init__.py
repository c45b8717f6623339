"""A few seconds of a training, which tell how long all of it takes and what memory it needs."""
