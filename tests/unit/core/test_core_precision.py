"""Computing in 16 bits only where a processor is made for it."""

import pytest
import torch

from labelbridge.core import has_bfloat16, reduced_precision

CPU = torch.device("cpu")


def product_on(device: torch.device) -> torch.Tensor:
    with reduced_precision(device):
        return torch.ones(2, 2) @ torch.ones(2, 2)


@pytest.mark.parametrize(("unit", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_a_cpu_computes_in_16_bits_where_it_has_units_for_that(
    unit: bool, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": unit, "avx2": True})
    assert has_bfloat16(CPU) is unit
    assert product_on(CPU).dtype == dtype


def test_a_cpu_of_another_make_is_known_to_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"architecture": "aarch64"})
    assert not has_bfloat16(CPU)
    assert not has_bfloat16(torch.device("mps"))


@pytest.mark.parametrize(("capability", "dtype"), [((8, 6), torch.bfloat16), ((7, 5), torch.float16)])
def test_a_card_takes_the_16_bits_that_it_has(
    capability: tuple[int, int], dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    chosen: list[tuple[str, torch.dtype]] = []
    monkeypatch.setattr(torch, "autocast", lambda kind, dtype: chosen.append((kind, dtype)))
    reduced_precision(torch.device("cuda"))
    assert chosen == [("cuda", dtype)]
