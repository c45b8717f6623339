import pytest
import torch

from labelbridge.core import InputError
from labelbridge.translate.syndiff.dataset import Batch
from labelbridge.translate.syndiff.draws import Draws
from labelbridge.translate.syndiff.networks import Networks, check_compiler, compile_networks
from labelbridge.translate.syndiff.settings import SynDiffSettings
from labelbridge.translate.syndiff.step import SynDiff

SETTINGS = SynDiffSettings.from_preset("tiny")


def losses(*, compiled, steps=2):
    torch.manual_seed(0)
    networks = Networks(SETTINGS.architecture)
    syndiff = SynDiff(networks, SETTINGS)
    if compiled:
        compile_networks(networks)
    images = [torch.rand(1, 1, 32, 32, generator=torch.Generator().manual_seed(number)) for number in range(4)]
    batch = Batch(labeled=images[0], labeled_guide=images[1], unlabeled=images[2], unlabeled_guide=images[3])
    found = []
    for step in range(steps):
        draws = Draws.of(batch, torch.Generator().manual_seed(step))
        found.append(syndiff.step(batch, draws, penalise=step == 0))
    return found, syndiff.state()


@pytest.mark.full(minutes=3)
@pytest.mark.filterwarnings("ignore:The .grad attribute:UserWarning")  # torch.compile looks at all of them
def test_compiled_networks_train_as_the_others_do():
    try:
        check_compiler(torch.device("cpu"))
    except InputError as error:
        pytest.skip(str(error))
    plain, state = losses(compiled=False)
    compiled, compiled_state = losses(compiled=True)
    for ours, theirs in zip(compiled, plain, strict=True):
        assert ours == pytest.approx(theirs, rel=2e-2, abs=1e-3)  # Adam makes much of last digits
    assert compiled_state["networks"].keys() == state["networks"].keys()


def test_without_a_compiler_one_sentence_says_what_to_do(monkeypatch):
    def failing(function):
        def call(*args):
            raise RuntimeError("InvalidCxxCompiler: none found\nand much more")

        return call

    monkeypatch.setattr(torch, "compile", failing)
    with pytest.raises(
        InputError, match=r"nothing can be compiled for cpu here \(InvalidCxxCompiler: none found\); install"
    ):
        check_compiler(torch.device("cpu"))


def test_the_networks_that_can_be_compiled_are_and_the_diffusive_discriminators_are_not(monkeypatch):
    compiled = []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda module: compiled.append(module))
    networks = Networks(SETTINGS.architecture)
    compile_networks(networks)
    judges = networks.discriminators
    assert len(compiled) == 6
    assert not any(module in (judges.labeled.diffusive, judges.unlabeled.diffusive) for module in compiled)
