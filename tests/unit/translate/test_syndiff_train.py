import numpy as np
import pytest
import torch

from labelbridge.core import Cancelled, LabelBridgeError, Reporter, TranslatorCard
from labelbridge.translate.syndiff.checkpoints import Checkpoints
from labelbridge.translate.syndiff.dataset import Crops, TrainingImage
from labelbridge.translate.syndiff.package import read_translator
from labelbridge.translate.syndiff.plan import Plan
from labelbridge.translate.syndiff.settings import SynDiffSettings
from labelbridge.translate.syndiff.train import train_generators

SETTINGS = SynDiffSettings.from_preset("tiny", steps=6, warmup_steps=3, judgements=2, steps_per_epoch=2)
CARD = TranslatorCard(name="test", architecture=SETTINGS.architecture.model_dump(mode="json"))


class StopAfter(Reporter):
    def __init__(self, steps):
        self.left = steps
        self.steps = []

    def should_stop(self):
        self.left -= 1
        return self.left < 0

    def metrics(self, step, **values):
        self.steps.append((step, values))


def images(count):
    noise = np.random.default_rng(count)
    data = [noise.random((40, 44), np.float32) for _ in range(count)]
    return [TrainingImage(one, 1 - one, f"{count}-{k}") for k, one in enumerate(data)]


def judge(translator, reporter):
    return 1.0, {"number": 2.0}


def train(folder, reporter=None, settings=SETTINGS, minutes=None):
    checkpoints = Checkpoints(folder, CARD)
    train_generators(
        images(3),
        images(2),
        settings,
        checkpoints,
        judge,
        device=torch.device("cpu"),
        minutes=minutes,
        reporter=reporter,
    )
    return checkpoints


def weights(checkpoints):
    state = checkpoints.latest()
    return {**state["syndiff"]["networks"], **{f"ema.{k}": v for k, v in state["syndiff"]["averaged"].items()}}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return train(tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("stop", [0, 2, 3, 5, 8])
def test_a_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(tmp_path, whole, stop):
    with pytest.raises(Cancelled):
        train(tmp_path, StopAfter(stop))
    assert Checkpoints(tmp_path, CARD).latest()["done"] == stop
    resumed = train(tmp_path)
    expected, got = weights(whole), weights(resumed)
    assert expected.keys() == got.keys()
    for name, tensor in expected.items():
        assert torch.equal(tensor, got[name]), name


def test_another_seed_gives_other_weights(tmp_path, whole):
    other = train(tmp_path, settings=SETTINGS.model_copy(update={"seed": 1}))
    assert any(not torch.equal(tensor, weights(other)[name]) for name, tensor in weights(whole).items())


def test_a_run_leaves_candidates_that_can_be_used(whole):
    best = whole.best()
    assert best.step == 9
    assert [candidate.step for candidate in sorted(whole.candidates(), key=lambda one: one.step)] == [3, 6, 9]
    card, generators = read_translator(best.folder, torch.device("cpu"))
    assert card.metrics == {"number": 2.0, "score": 1.0, "step": 9.0, "part": 1.0}
    averaged = whole.latest()["syndiff"]["averaged"]
    for name, tensor in generators["to_labeled"].state_dict().items():
        assert torch.equal(tensor, averaged[f"labeled.diffusive.{name}"].half().float())


def test_the_last_weights_differ_from_the_first_in_all_networks(tmp_path, whole):
    with pytest.raises(Cancelled):
        train(tmp_path, StopAfter(0))
    first, last = weights(Checkpoints(tmp_path, CARD)), weights(whole)
    for part in ("generators", "discriminators"):
        for modality in ("labeled", "unlabeled"):
            for kind in ("diffusive", "direct"):
                names = [name for name in first if name.startswith(f"{part}.{modality}.{kind}.")]
                assert sum(not torch.equal(first[name], last[name]) for name in names) > len(names) / 2


def test_a_run_that_diverges_says_what_is_kept(tmp_path):
    settings = SETTINGS.model_copy(update={"learning_rate_generators": 1e30, "warmup_steps": 1})
    with pytest.raises(
        LabelBridgeError, match=r"diverged at step \d+; the best translator so far is kept in .*candidate"
    ):
        train(tmp_path, settings=settings)


def test_too_little_memory_says_what_to_do(tmp_path, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Crops, "batch", full)
    with pytest.raises(LabelBridgeError, match=r"memory was not enough; no translator was kept yet.*smaller --preset"):
        train(tmp_path)


def test_minutes_shorten_a_run(tmp_path):
    checkpoints = train(tmp_path, minutes=1e-6)
    assert checkpoints.latest()["plan"] == {"warmup_steps": 1, "steps": 3, "judgements": 2}


def test_a_plan_without_minutes_is_the_settings(tmp_path):
    plan = Plan.of(SETTINGS)
    assert (plan.warmup_steps, plan.steps, plan.total) == (3, 6, 9)
    assert [done for done in range(1, 10) if plan.is_judged(done)] == [3, 6, 9]
    assert [plan.done(step, 2) for step in range(9)] == pytest.approx([0, 0, 0, 0, 0, 1 / 3, 1 / 3, 2 / 3, 2 / 3])


def test_minutes_are_filled_and_leave_a_quarter_to_the_warm_start():
    plan = Plan.of(SETTINGS.model_copy(update={"steps": 10_000, "warmup_steps": 1000}), seconds_a_step=1.0, minutes=23)
    assert plan.warmup_steps == 300
    assert plan.steps == 900
