"""Files damaged at random, for all readers; `benchmarks/fuzz_readers.py` is the command."""
