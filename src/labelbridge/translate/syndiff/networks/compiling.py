"""Networks turned into code for the very machine, by torch.compile: minutes at the begin of a run."""

import torch

from labelbridge.core import InputError
from labelbridge.translate.syndiff.networks.domain import Networks

__all__ = ["check_compiler", "compile_networks"]


def check_compiler(device: torch.device) -> None:
    """Compile a sum.

    Raises
    ------
    InputError
        Where that fails, as it does without a C++ compiler.
    """
    try:
        torch.compile(torch.add)(torch.ones(2, device=device), 1.0)
    except RuntimeError as error:
        reason = str(error).strip().partition("\n")[0]
        raise InputError(
            f"got --compile, but nothing can be compiled for {device.type} here ({reason}); install a C++ compiler, or "
            "leave --compile out."
        ) from error


def compile_networks(networks: Networks) -> None:
    """Let networks compile themselves when they are first used; names and values of the weights stay as they are.

    The diffusive discriminators stay as they are: R1 needs their second gradient, which compiled code does not have.
    """
    for generators in (networks.generators.labeled, networks.generators.unlabeled):
        generators.diffusive.compile()
        generators.direct.compile()
    for discriminators in (networks.discriminators.labeled, networks.discriminators.unlabeled):
        discriminators.direct.compile()
