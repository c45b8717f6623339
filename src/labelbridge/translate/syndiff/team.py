"""The processes that train together, one for each device, and what they must agree on.

Each draws its own crops; their gradients are averaged before each step of an optimiser, so that all keep the same
weights. That is what DistributedDataParallel does, done here by hand because a step of a GAN runs forward and backward
several times through the same network.
"""

import queue
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from torch import Tensor

from labelbridge.core import Cancelled, FloatArray, LabelBridgeError, Reporter, has_bfloat16

__all__ = ["Team", "Work", "work_together"]

Precision: TypeAlias = Literal["32-true", "bf16-mixed"]

_RELAY_EVERY_S = 0.2


@dataclass(frozen=True)
class Team:
    """One process's view of all.

    Attributes
    ----------
    fabric
        Lightning Fabric, launched.
    """

    fabric: Fabric

    @property
    def rank(self) -> int:
        """Number of this process, from 0; the first one judges, reports and saves."""
        return int(self.fabric.global_rank)

    @property
    def size(self) -> int:
        """How many there are."""
        return int(self.fabric.world_size)

    @property
    def device(self) -> torch.device:
        """Device of this process."""
        return self.fabric.device

    def autocast(self) -> AbstractContextManager[object]:
        """Return the context of forward passes: 16 bits where that pays."""
        return self.fabric.autocast()

    def average(self, tensors: list[Tensor]) -> None:
        """Replace tensors by their mean over all processes."""
        if self.size == 1:
            return
        mean = self._reduced(torch.cat([tensor.flatten() for tensor in tensors]), "mean")
        for tensor, part in zip(tensors, torch.split(mean, [tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(part.view_as(tensor))

    def any(self, flag: bool) -> bool:
        """Return whether any process says so; all must ask."""
        if self.size == 1:
            return flag
        return bool(self._reduced(torch.tensor(float(flag), device=self.device), "sum") > 0)

    def agree(self, value: float | None) -> float | None:
        """Return the first process's value; all must ask."""
        agreed: float | None = self.fabric.broadcast(value)
        return agreed

    def _reduced(self, tensor: Tensor, operation: str) -> Tensor:
        reduced = self.fabric.all_reduce(tensor, reduce_op=operation)
        assert isinstance(reduced, Tensor)
        return reduced


Work: TypeAlias = Callable[[Team, Reporter], None]
"""What each process does; only the first one's reporter is heard."""


def work_together(work: Work, device: torch.device, devices: int, reporter: Reporter) -> None:
    """Do the work on one device in this process, or on several in a process each.

    Parameters
    ----------
    work
        Must be picklable where there are several devices.
    device
        Kind of device, or the very one where there is one.
    devices
        How many.
    reporter
        Hears what the first process reports, and is asked whether to stop.

    Raises
    ------
    Cancelled, LabelBridgeError
        As the work raised them.
    """
    if devices == 1:
        index: Any = [device.index] if device.index is not None else 1
        work(Team(_fabric(device, index, "auto")), reporter)
        return
    context = torch.multiprocessing.get_context("spawn")
    events, stop = context.Queue(), context.Event()
    ended = threading.Event()
    relay = _Relay(events, stop, reporter, ended)
    relay.start()
    try:
        _fabric(device, devices, "ddp_spawn").launch(partial(_work_in_child, work, events, stop))
    finally:
        ended.set()
        relay.join()
    if relay.error is not None:
        raise relay.error


def _fabric(device: torch.device, devices: Any, strategy: str) -> Fabric:
    """Return a Fabric that starts its processes itself, also within a job of a cluster's scheduler."""
    return Fabric(
        accelerator=device.type,
        devices=devices,
        strategy=strategy,
        precision=_precision(device),
        plugins=[LightningEnvironment()],
    )


def _precision(device: torch.device) -> Precision:
    """Return bfloat16 where a card has it; float16 needs scaled losses, which R1's second gradient does not bear."""
    if device.type == "cuda" and has_bfloat16(device):
        return "bf16-mixed"
    return "32-true"


def _work_in_child(work: Work, events: Any, stop: Any, fabric: Fabric) -> None:
    team = Team(fabric)
    reporter = _SendingReporter(events, stop) if team.rank == 0 else Reporter()
    try:
        work(team, reporter)
    except (Cancelled, LabelBridgeError) as error:
        if team.rank == 0:
            events.put(("error", error))


class _SendingReporter(Reporter):
    """The first process's end of the line."""

    def __init__(self, events: Any, stop: Any) -> None:
        self._events, self._stop = events, stop

    def progress(self, done: float, total: float, stage: str) -> None:
        self._events.put(("progress", (done, total, stage)))

    def metrics(self, step: int, **values: float) -> None:
        self._events.put(("metrics", (step, values)))

    def preview(self, name: str, image: FloatArray) -> None:
        self._events.put(("preview", (name, image)))

    def say(self, sentence: str) -> None:
        self._events.put(("say", sentence))

    def should_stop(self) -> bool:
        return bool(self._stop.is_set())


class _Relay(threading.Thread):
    """The end of the line in the process that started the others."""

    def __init__(self, events: Any, stop: Any, reporter: Reporter, ended: threading.Event) -> None:
        super().__init__(daemon=True)
        self._events, self._stop_wish, self._reporter, self._ended = events, stop, reporter, ended
        self.error: Exception | None = None

    def run(self) -> None:
        while True:
            if self._reporter.should_stop():
                self._stop_wish.set()
            try:
                kind, content = self._events.get(timeout=_RELAY_EVERY_S)
            except queue.Empty:
                if self._ended.is_set():
                    return
                continue
            self._pass_on(kind, content)

    def _pass_on(self, kind: str, content: Any) -> None:
        if kind == "error":
            self.error = content
        elif kind == "metrics":
            self._reporter.metrics(content[0], **content[1])
        elif kind == "progress":
            self._reporter.progress(*content)
        elif kind == "preview":
            self._reporter.preview(*content)
        elif kind == "say":
            self._reporter.say(content)
