import runpy
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch

from labelbridge.core import Cancelled, LabelBridgeError, Reporter
from labelbridge.translate.syndiff.checkpoints import Checkpoints
from labelbridge.translate.syndiff.dataset import Crops
from labelbridge.translate.syndiff.draws import Draws
from labelbridge.translate.syndiff.networks import Networks
from labelbridge.translate.syndiff.step import SynDiff
from labelbridge.translate.syndiff.team import work_together
from labelbridge.translate.syndiff.train import seed_of

SCRIPT = Path(__file__).with_name("syndiff_ranks.py")


class Exchange:
    """Averages gradients of two threads."""

    def __init__(self):
        self.barrier = threading.Barrier(2)
        self.given = {}

    def average(self, rank):
        def work(gradients):
            self.given[rank] = [gradient.clone() for gradient in gradients]
            self.barrier.wait()
            for own, one, other in zip(gradients, self.given[0], self.given[1], strict=True):
                own.copy_((one + other) / 2)
            self.barrier.wait()

        return work


def train_in_threads(settings, labeled, unlabeled):
    """Train as two processes would, in this one: each thread has its own networks and crops."""
    exchange, results = Exchange(), {}

    def work(rank, networks):
        syndiff = SynDiff(networks, settings, average=exchange.average(rank))
        crops = Crops(labeled, unlabeled, settings, rank)
        for number in range(settings.warmup_steps + settings.steps):
            batch = crops.batch(number)
            draws = Draws.of(batch, torch.Generator().manual_seed(seed_of(settings.seed, number, rank)))
            syndiff.set_pace(0.0, max(0, number - settings.warmup_steps))
            if number < settings.warmup_steps:
                syndiff.warm_step(batch, draws)
            else:
                syndiff.step(batch, draws, penalise=number % settings.r1_every == 0)
        results[rank] = syndiff.state()

    networks = []
    for _ in range(2):
        torch.manual_seed(settings.seed)
        networks.append(Networks(settings.architecture))
    threads = [threading.Thread(target=work, args=(rank, networks[rank])) for rank in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.full
def test_two_processes_train_as_one_process_that_averages_their_gradients(tmp_path):
    subprocess.run([sys.executable, SCRIPT, tmp_path], check=True, timeout=300, capture_output=True)
    script = runpy.run_path(str(SCRIPT))
    settings, images = script["SETTINGS"], script["images"]
    expected = train_in_threads(settings, images(3), images(2))
    got = Checkpoints(tmp_path, script["CARD"]).latest()["syndiff"]
    for name, tensor in got["networks"].items():
        torch.testing.assert_close(tensor, expected[0]["networks"][name], rtol=1e-4, atol=1e-6)
        assert torch.equal(expected[0]["networks"][name], expected[1]["networks"][name]), name


def test_one_device_works_in_this_process_and_hears_the_reporter():
    class Stop(Reporter):
        def should_stop(self):
            return True

    def work(team, reporter):
        assert (team.rank, team.size, team.device.type) == (0, 1, "cpu")
        assert team.any(True)
        assert not team.any(False)
        assert team.agree(0.5) == 0.5
        reporter.checkpoint()

    with pytest.raises(Cancelled):
        work_together(work, torch.device("cpu"), 1, Stop())


def test_a_scheduler_around_it_changes_nothing(monkeypatch):
    for name, value in {"JOB_NAME": "job", "NTASKS": "2", "PROCID": "0", "LOCALID": "0"}.items():
        monkeypatch.setenv(f"SLURM_{name}", value)
    sizes = []
    work_together(lambda team, reporter: sizes.append(team.size), torch.device("cpu"), 1, Reporter())
    assert sizes == [1]


@pytest.mark.full
@pytest.mark.parametrize(("argument", "error"), [("stop", Cancelled), ("diverge", LabelBridgeError)])
def test_several_devices_end_as_one_does(tmp_path, argument, error):
    run = subprocess.run(
        [sys.executable, SCRIPT, tmp_path, argument], check=False, timeout=300, capture_output=True, text=True
    )
    assert run.returncode == 3, run.stderr
    assert f"{error.__name__}:" in run.stdout
