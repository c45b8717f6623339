"""What computes: torch's build, the graphics card, and what would be used."""

import re
from dataclasses import dataclass

from labelbridge.doctor.driver import DriverFacts, look_at_driver
from labelbridge.doctor.finding import Finding, gigabytes
from labelbridge.doctor.torch_probe import TorchFacts, look_at_torch

__all__ = ["ProcessorFacts", "look_at_processor", "processor_findings"]

SELECTOR = "https://pytorch.org/get-started/locally/"
_RUNTIME = "https://aka.ms/vs/17/release/vc_redist.x64.exe"
_DRIVERS = "https://www.nvidia.com/drivers/"
_PAGE_COMMAND = (
    f"run the command that {SELECTOR} gives, which looks like "
    "`python -m pip install --force-reinstall torch --index-url ADDRESS`"
)


@dataclass(frozen=True)
class ProcessorFacts:
    """What torch and the driver say."""

    torch: TorchFacts
    driver: DriverFacts


def look_at_processor() -> ProcessorFacts:
    """Ask torch and the driver; takes some seconds."""
    return ProcessorFacts(look_at_torch(), look_at_driver())


def processor_findings(facts: ProcessorFacts) -> list[Finding]:
    """Judge torch, the graphics card, and say what would be used."""
    if facts.torch.version is None:
        return [_broken_torch(facts.torch), _card_without_torch(facts.driver)]
    return [Finding("torch", f"{facts.torch.version}, for {_build(facts.torch)}"), _card(facts), _used(facts.torch)]


def _broken_torch(torch: TorchFacts) -> Finding:
    said = torch.error or "no reason given"
    remedy = f"Install PyTorch again: {_PAGE_COMMAND}."
    if re.search(r"\bDLL\b|WinError 126|WinError 1114", said):
        remedy = f"Install Microsoft's Visual C++ runtime ({_RUNTIME}) and start the computer again."
    return Finding("torch", f"cannot be imported ({said})", "problem", remedy)


def _build(torch: TorchFacts) -> str:
    if torch.rocm:
        return f"ROCm {torch.rocm}"
    if torch.cuda:
        return f"CUDA {torch.cuda}"
    return "Apple's MPS" if torch.mps else "the CPU only"


def _card_without_torch(driver: DriverFacts) -> Finding:
    return Finding("graphics card", f"{', '.join(driver.gpus) or 'none of NVIDIA'}{_driver(driver)}")


def _card(facts: ProcessorFacts) -> Finding:
    torch, driver = facts.torch, facts.driver
    if torch.device != "cpu":
        return _card_in_use(torch, driver)
    if driver.error is not None:
        remedy = f"Start the computer again; if that does not help, install the driver again ({_DRIVERS})."
        return Finding("graphics card", f"the driver does not answer ({driver.error})", "note", remedy)
    if not driver.gpus:
        return Finding("graphics card", "none that torch can use")
    value = f"{', '.join(driver.gpus)}{_driver(driver)}, not used"
    return Finding("graphics card", value, "note", _why_unused(torch, driver))


def _card_in_use(torch: TorchFacts, driver: DriverFacts) -> Finding:
    cards = [f"{gpu.name}, {gigabytes(gpu.memory_bytes)}" for gpu in torch.gpus]
    value = ("; ".join(cards) or torch.device) + _driver(driver)
    if torch.gpu_error is None:
        return Finding("graphics card", value)
    remedy = f"Until it computes, use --device cpu; to mend it, update the driver ({_DRIVERS}) or {_PAGE_COMMAND}."
    return Finding("graphics card", f"{value}, cannot compute ({torch.gpu_error})", "problem", remedy)


def _why_unused(torch: TorchFacts, driver: DriverFacts) -> str:
    newest = f", choosing CUDA {_text(driver.cuda)} or older" if driver.cuda else ""
    if torch.cuda is None:
        return (
            "PyTorch is built for the CPU only, which is what `pip install torch` gives on Windows: to use the card, "
            f"{_PAGE_COMMAND}{newest}."
        )
    built = tuple(int(part) for part in torch.cuda.split(".")[:2])
    if driver.cuda and driver.cuda[0] < built[0]:
        return (
            f"The driver is too old: it supports CUDA {_text(driver.cuda)} and PyTorch is built for {torch.cuda}; "
            f"update the driver ({_DRIVERS}), or {_PAGE_COMMAND}{newest}."
        )
    why = f" ({torch.gpu_error})" if torch.gpu_error else ""
    return (
        f"PyTorch does not find the card{why}: check that CUDA_VISIBLE_DEVICES does not hide it, "
        "then start the computer again."
    )


def _driver(driver: DriverFacts) -> str:
    supports = f" for CUDA up to {_text(driver.cuda)}" if driver.cuda else ""
    return f", driver {driver.version}{supports}" if driver.version else ""


def _text(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _used(torch: TorchFacts) -> Finding:
    threads = f", {torch.threads} threads" if torch.threads else ""
    return Finding("would be used", f"{torch.device}{threads}")
