import random
import shutil
import subprocess
import sys
import time

import pytest
import torch

from labelbridge.core import InputError, TranslatorCard
from labelbridge.translate.syndiff.checkpoints import Checkpoints, disk_need_bytes
from labelbridge.translate.syndiff.networks import Networks
from labelbridge.translate.syndiff.settings import Architecture, SynDiffSettings

ARCHITECTURE = SynDiffSettings.from_preset("tiny").architecture
CARD = TranslatorCard(name="test", architecture=ARCHITECTURE.model_dump(mode="json"))

WRITER = """
import sys
from pathlib import Path
import torch
from labelbridge.core import TranslatorCard
from labelbridge.translate.syndiff.checkpoints import Checkpoints
checkpoints = Checkpoints(Path(sys.argv[1]), TranslatorCard(name="test", architecture={}))
step = int(sys.argv[2])
while True:
    checkpoints.save({"step": step, "weights": torch.full((200_000,), float(step))}, step)
    print(step, flush=True)
    step += 1
"""


def generators(value=0.5):
    networks = Networks(ARCHITECTURE).generators
    state = {name: torch.full_like(one, value) for name, one in networks.labeled.diffusive.state_dict().items()}
    return {"to_labeled": state, "to_unlabeled": state}


def test_a_state_comes_back_bit_for_bit(tmp_path):
    network = torch.nn.Linear(3, 2)
    adam = torch.optim.Adam(network.parameters(), fused=True)
    network(torch.randn(4, 3)).sum().backward()
    adam.step()
    state = {"network": network.state_dict(), "adam": adam.state_dict(), "done": 7, "rate": 0.1 + 0.2, "none": None}
    Checkpoints(tmp_path, CARD).save(state, 7)
    got = Checkpoints(tmp_path, CARD).latest()
    assert got["done"] == 7
    assert got["rate"] == 0.1 + 0.2
    assert got["none"] is None
    assert torch.equal(got["network"]["weight"], network.weight)
    for index, values in adam.state_dict()["state"].items():
        for name, value in values.items():
            assert torch.equal(got["adam"]["state"][index][name], value)


def test_the_two_latest_states_are_kept_and_a_damaged_one_is_passed_over(tmp_path, caplog):
    checkpoints = Checkpoints(tmp_path, CARD)
    assert checkpoints.latest() is None
    for step in (9, 10, 11):
        checkpoints.save({"step": step}, step)
    files = sorted(file.name for file in tmp_path.iterdir())
    assert files == ["state-00000010.pt", "state-00000011.pt"]
    newest = tmp_path / "state-00000011.pt"
    newest.write_bytes(newest.read_bytes()[:-50])
    assert checkpoints.latest() == {"step": 10}
    assert "cannot be read" in caplog.text


def test_a_single_changed_bit_is_seen(tmp_path):
    checkpoints = Checkpoints(tmp_path, CARD)
    for step in (1, 2):
        checkpoints.save({"step": step, "weights": torch.arange(1000.0)}, step)
    newest = tmp_path / "state-00000002.pt"
    raw = bytearray(newest.read_bytes())
    raw[raw.index(torch.arange(1000.0).numpy().tobytes()) + 2000] ^= 1
    newest.write_bytes(raw)
    assert checkpoints.latest()["step"] == 1


def test_states_that_are_all_damaged_are_one_sentence(tmp_path):
    checkpoints = Checkpoints(tmp_path, CARD)
    for step in (1, 2):
        checkpoints.save({"step": step}, step)
        (tmp_path / f"state-{step:08d}.pt").write_bytes(b"")
    with pytest.raises(InputError, match="got 2 saved states that are all damaged or of another version, expected one"):
        checkpoints.latest()


def test_a_damaged_later_state_does_not_push_a_new_one_out(tmp_path):
    checkpoints = Checkpoints(tmp_path, CARD)
    for step in (400, 500):
        checkpoints.save({"step": step}, step)
    (tmp_path / "state-00000500.pt").write_bytes(b"")
    for step in (430, 460):
        checkpoints.save({"step": step}, step)
        assert checkpoints.latest() == {"step": step}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["state-00000430.pt", "state-00000460.pt"]


def test_a_full_disk_is_one_sentence_and_keeps_what_was_there(tmp_path):
    resource = pytest.importorskip("resource")  # not on Windows
    checkpoints = Checkpoints(tmp_path, CARD)
    checkpoints.save({"step": 1}, 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, hard))
    try:
        with pytest.raises(InputError, match=r"state-00000002\.pt: cannot be written: "):
            checkpoints.save({"step": 2, "weights": torch.zeros(5000)}, 2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [file.name for file in tmp_path.iterdir()] == ["state-00000001.pt"]
    assert checkpoints.latest() == {"step": 1}


def test_what_a_killed_run_left_half_written_goes(tmp_path):
    (tmp_path / ".state-00000003.pt.0a1b2c3d.tmp").write_bytes(b"half")
    (tmp_path / ".candidate-00000003.part").mkdir()
    checkpoints = Checkpoints(tmp_path, CARD)
    checkpoints.save({"step": 5}, 5)
    checkpoints.add_candidate(generators(), 6, 1.0, {}, part=0.5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["candidate-00000006", "state-00000005.pt"]


def test_a_state_that_would_run_something_is_not_read(tmp_path):
    checkpoints = Checkpoints(tmp_path, CARD)
    checkpoints.save({"step": 1}, 1)
    torch.save({"step": ARCHITECTURE}, tmp_path / "state-00000002.pt")
    assert checkpoints.latest() == {"step": 1}


def test_the_ten_best_and_the_last_of_each_tenth_are_kept(tmp_path):
    checkpoints = Checkpoints(tmp_path, CARD)
    scores = {step: float(step % 7) + step / 1000 for step in range(1, 41)}
    for step, score in scores.items():
        checkpoints.add_candidate(generators(), step, score, {"ssim": 0.5}, part=step / 41)
    kept = checkpoints.candidates()
    best = sorted(scores, key=lambda step: -scores[step])[:10]
    tenths = {int(step / 41 * 10): step for step in scores}
    assert {one.step for one in kept} == {*best, *tenths.values()}
    assert checkpoints.best().step == best[0]
    assert [one.score for one in kept] == sorted((one.score for one in kept), reverse=True)


def test_of_equals_the_later_is_best(tmp_path):
    checkpoints = Checkpoints(tmp_path, CARD)
    for step in (1, 2, 3):
        checkpoints.add_candidate(generators(), step, 1.0, {}, part=step / 4)
    assert checkpoints.best().step == 3


def test_a_candidate_of_the_same_step_is_replaced(tmp_path):
    checkpoints = Checkpoints(tmp_path, CARD)
    checkpoints.add_candidate(generators(), 4, 1.0, {}, part=0.1)
    checkpoints.add_candidate(generators(), 4, 2.0, {}, part=0.1)
    assert [(one.step, one.score) for one in checkpoints.candidates()] == [(4, 2.0)]


def test_the_disk_need_is_what_lies_on_the_disk(tmp_path):
    networks = Networks(ARCHITECTURE)
    adam = torch.optim.Adam(networks.parameters(), fused=True)
    for parameter in networks.parameters():
        parameter.grad = torch.zeros_like(parameter)
    adam.step()
    checkpoints = Checkpoints(tmp_path, CARD)
    state = {"networks": networks.state_dict(), "averaged": networks.generators.state_dict(), "adam": adam.state_dict()}
    for step in range(2):
        checkpoints.save(state, step)
    for step in range(1, 30):
        checkpoints.add_candidate(generators(), step, 1.0 / step, {}, part=step / 30)
    size = sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file())
    assert 0.5 * disk_need_bytes(ARCHITECTURE) < size < 1.3 * disk_need_bytes(ARCHITECTURE)
    assert 7e9 < disk_need_bytes(Architecture()) < 11e9


def test_a_kill_at_any_moment_loses_no_more_than_the_last_state(tmp_path):
    step = 0
    chance = random.Random(0)
    for _ in range(3):
        command = [sys.executable, "-c", WRITER, tmp_path, str(step)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            told = [writer.stdout.readline()]
            time.sleep(chance.uniform(0, 0.2))
            writer.kill()
            told += writer.stdout.read().split()
        state = Checkpoints(tmp_path, CARD).latest()
        assert state["step"] >= int(told[-1])
        assert torch.equal(state["weights"], torch.full((200_000,), float(state["step"])))
        step = state["step"] + 5
    Checkpoints(tmp_path, CARD).save({"step": step}, step)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("preset", ["tiny", "cpu", "gpu", "paper"])
def test_every_preset_can_tell_its_disk_need(preset):
    assert disk_need_bytes(SynDiffSettings.from_preset(preset).architecture) > 1e6


def test_a_candidate_that_a_killed_run_was_removing_is_not_there(tmp_path, monkeypatch):
    checkpoints = Checkpoints(tmp_path, CARD)
    for step in range(1, 12):
        checkpoints.add_candidate(generators(), step, float(step), {}, part=0.01)
    real = shutil.rmtree

    def killed(folder, **_):
        if folder.exists() and "candidate" in folder.name:
            next(file for file in folder.iterdir() if file.suffix == ".safetensors").unlink()
            raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        checkpoints.add_candidate(generators(), 12, 12.0, {}, part=0.01)
    monkeypatch.setattr(shutil, "rmtree", real)
    for candidate in checkpoints.candidates():
        assert (candidate.folder / "model.safetensors").is_file()
    checkpoints.add_candidate(generators(), 13, 13.0, {}, part=0.01)
    assert not list(tmp_path.glob(".candidate*"))
