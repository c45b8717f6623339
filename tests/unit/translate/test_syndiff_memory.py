"""What is freed while memory is kept is used again, and goes back to the system at the end."""

import platform

import numpy as np
import psutil
import pytest

from labelbridge.translate.syndiff.memory import memory_kept

MEGABYTES = 80
FREED = MEGABYTES * 2**20 // 2


def fill():
    np.ones(MEGABYTES * 2**20, np.uint8)


def resident():
    return psutil.Process().memory_info().rss


def pages_taken():
    resource = pytest.importorskip("resource")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    fill()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def test_it_may_be_nested_and_lets_errors_through():
    with pytest.raises(ValueError, match="negative"), memory_kept(), memory_kept():
        np.ones(-1)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told to keep memory")
def test_memory_is_kept_until_the_outermost_ends():
    outside = pages_taken()
    before = resident()
    with memory_kept():
        with memory_kept():
            fill()
        fill()
        assert resident() > before + FREED
        assert pages_taken() < outside / 2
    assert resident() < before + FREED
