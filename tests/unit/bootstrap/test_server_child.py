"""The window's side with a child that does what the test wishes."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from labelbridge.bootstrap import Plan, TutorshipSettings
from labelbridge.bootstrap.advice.found import Advice
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.bootstrap.server import InferenceClient, InferenceFailed, Outcome, process
from labelbridge.bootstrap.sets.found import SetsFound
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.bootstrap.trial.forecast import Trial
from labelbridge.core import Cancelled, FloatArray, Image, InputError, Reporter
from make_phantoms import make_sem

CHILD = Path(__file__).with_name("inference_child.py")
CPU = TutorshipSettings(device="cpu")
TASK = TranslatorTask(labeled=Path("tem"), unlabeled=Path("sem"), preset="tiny")
posix = pytest.mark.skipif(os.name == "nt", reason="signals")


class Listener(Reporter):
    """Remembers all it hears; stops some time after it has heard of a stage."""

    def __init__(self, stop_at: str = "", act: Callable[[], None] = lambda: None) -> None:
        self.heard: list[object] = []
        self.stop_at, self.act = stop_at, act
        self.reached_s: float | None = None

    def progress(self, done: float, total: float, stage: str) -> None:
        self.heard.append(stage)
        if stage == self.stop_at and self.reached_s is None:
            self.reached_s = time.monotonic()
            self.act()

    def metrics(self, step: int, **values: float) -> None:
        self.heard.append((step, values))

    def preview(self, name: str, image: FloatArray) -> None:
        self.heard.append((name, image.shape, float(image.mean())))

    def say(self, sentence: str) -> None:
        self.heard.append(sentence)

    def should_stop(self) -> bool:
        return self.reached_s is not None


class Deaf(Listener):
    """Acts, but never asks to stop."""

    def should_stop(self) -> bool:
        return False


@pytest.fixture(scope="module")
def image() -> Image:
    return Image(make_sem(71, (140, 150))[0].astype(np.float32), "sem")


@pytest.fixture
def wish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Says what the child does from now on."""
    file = tmp_path / "wish"
    monkeypatch.setenv("CHILD_WISH", str(file))
    monkeypatch.setenv("LABELBRIDGE_SCRATCH", str(tmp_path))
    monkeypatch.setattr(process, "_COMMAND", (str(CHILD),))

    def say(what: str) -> None:
        file.write_text(what, encoding="utf-8")

    say("fine")
    return say


@pytest.fixture
def client(
    wish: Callable[[str], None], tmp_path: Path, threads: Callable[[], list[threading.Thread]]
) -> Iterator[InferenceClient]:
    """A client that must leave nothing behind."""
    with InferenceClient() as made:
        yield made
    assert not children()
    assert not threads()
    assert not list(tmp_path.glob("labelbridge-*"))


@pytest.fixture
def run(client: InferenceClient, image: Image) -> Callable[..., Outcome]:
    plan = Plan("direct", segmenter=sample_data_folder() / "models" / "segmenter", settings=CPU)

    def ask(reporter: Reporter | None = None, **settings: object) -> Outcome:
        chosen = Plan(**{**vars(plan), **settings})
        return client.run(chosen, [image], image, reporter)

    return ask


def children() -> list[psutil.Process]:
    """The inference processes of this process, by their command."""
    return [child for child in psutil.Process().children() if str(CHILD) in child.cmdline()]


def loads(tmp_path: Path) -> list[str]:
    return (tmp_path / "wish.loads").read_text(encoding="utf-8").split()


def test_what_the_child_tells_arrives_and_what_is_printed_does_not_disturb(run, wish, image: Image) -> None:
    wish("talk")
    listener = Listener()
    outcome = run(listener)
    assert outcome.prediction.labels.shape == image.shape
    assert set(np.unique(outcome.prediction.labels.data)) <= {0, 1, 2}
    outcome.prediction.labels.data[0, 0] = 2
    assert outcome.translated is None
    assert [one for one in listener.heard if not isinstance(one, str)] == [
        (7, {"loss": 0.5}),
        ("picture", (80, 90), 0.25),
    ]
    assert "talking" in listener.heard
    assert "A sentence." in listener.heard


def test_the_child_stays_warm_after_runs_errors_and_a_cancel(run, wish, tmp_path: Path) -> None:
    run()
    (first,) = children()
    wish("refuse")
    with pytest.raises(InputError, match=r"^got this, expected that; do something\.$"):
        run()
    wish("bug")
    with pytest.raises(
        InferenceFailed, match=r"bug in LabelBridge \(ZeroDivisionError: nothing to divide by\)"
    ) as caught:
        run()
    assert "inference_child.py" in caught.value.details
    assert "second line" in caught.value.details
    wish("slow")
    with pytest.raises(Cancelled):
        run(Listener("slow"))
    wish("fine")
    run(scale=0.4)
    assert children() == [first]
    assert loads(tmp_path) == ["cpu"]


@pytest.mark.parametrize("hang", ["sleeps", pytest.param("is stopped", marks=posix)])
def test_cancel_ends_a_child_that_hangs_within_two_seconds(run, wish, hang: str) -> None:
    wish("stuck" if hang == "sleeps" else "slow")
    listener = Listener("stuck" if hang == "sleeps" else "slow")
    if hang == "is stopped":
        listener.act = lambda: children()[0].suspend()
    with pytest.raises(Cancelled):
        run(listener)
    assert listener.reached_s is not None
    assert time.monotonic() - listener.reached_s < 2
    assert not children()
    wish("fine")
    run()


@posix
def test_a_killed_child_gives_a_sentence_and_the_next_request_works(run, wish) -> None:
    wish("slow")
    with pytest.raises(InferenceFailed, match="ended by the system, most likely because the memory was not enough"):
        run(Deaf("slow", act=lambda: children()[0].kill()))
    wish("leave")
    with pytest.raises(InferenceFailed, match=r"exit code 3") as caught:
        run()
    assert "my last words" in caught.value.details
    wish("fine")
    run()


@pytest.mark.parametrize("how", ["memory", pytest.param("killed", marks=posix)])
def test_where_memory_is_not_enough_it_goes_on_with_the_cpu_and_says_so(
    run, wish, client: InferenceClient, tmp_path: Path, how: str
) -> None:
    wish(how)
    listener = Listener()
    outcome = run(listener, settings=TutorshipSettings())
    assert outcome.device == client.device == "cpu"
    assert loads(tmp_path) == ["auto", "cpu"]
    assert [one for one in listener.heard if "memory" in str(one) and "cuda" in str(one) and "CPU" in str(one)]


@pytest.fixture
def advise(client: InferenceClient, image: Image) -> Callable[..., Advice]:
    stock = Plan("adaptation", segmenter=sample_data_folder() / "models" / "segmenter", settings=CPU)

    def ask(reporter: Reporter | None = None, **settings: object) -> Advice:
        return client.advise(Plan(**{**vars(stock), **settings}), [image], reporter)

    return ask


def test_advice_is_given_and_the_child_stays_warm(advise, run, tmp_path: Path) -> None:
    listener = Listener()
    advice = advise(listener)
    assert {one.path for one in advice.paths if one.signs} == {"direct", "adaptation"}
    assert "trying the paths" in listener.heard
    (first,) = children()
    run()
    assert children() == [first]
    assert loads(tmp_path) == ["cpu"]


def test_advice_is_cancelled_and_asked_again(advise, wish) -> None:
    wish("slow")
    with pytest.raises(Cancelled):
        advise(Listener("trying the paths"))
    wish("fine")
    assert advise().paths


def test_a_path_that_cannot_be_tried_says_why_and_leaves_the_others(advise, wish) -> None:
    wish("refuse")
    advice = advise()
    assert advice.recommended is None
    assert {one.sentence for one in advice.paths} == {"got this, expected that; do something."}


def test_advice_goes_on_with_the_cpu_where_memory_is_not_enough(advise, wish, tmp_path: Path) -> None:
    wish("memory")
    listener = Listener()
    assert advise(listener, settings=TutorshipSettings()).paths
    assert loads(tmp_path) == ["auto", "cpu"]
    assert [one for one in listener.heard if "memory" in str(one) and "CPU" in str(one)]


@pytest.fixture
def ask(client: InferenceClient, request: pytest.FixtureRequest) -> Callable[..., SetsFound | Trial]:
    """Look ahead at a training, as the parameter says."""
    return lambda reporter=None: getattr(client, request.param)(TASK, reporter)


@pytest.mark.parametrize("ask", ["look_at_sets", "try_training"], indirect=True)
def test_a_look_ahead_is_told_cancelled_and_fails_as_a_run_does(ask, wish, run) -> None:
    wish("talk")
    listener = Listener()
    assert isinstance(ask(listener), SetsFound | Trial)
    assert {"talking", "A sentence."} <= {one for one in listener.heard if isinstance(one, str)}
    wish("slow")
    with pytest.raises(Cancelled):
        ask(Listener("slow"))
    (warm,) = children()
    wish("refuse")
    with pytest.raises(InputError, match="got this, expected that"):
        ask()
    wish("bug")
    with pytest.raises(InferenceFailed, match="bug in LabelBridge"):
        ask()
    assert children() == [warm]
    wish("stuck")
    listener = Listener("stuck")
    with pytest.raises(Cancelled):
        ask(listener)
    assert listener.reached_s is not None
    assert time.monotonic() - listener.reached_s < 2
    assert not children()
    wish("fine")
    run()


@posix
@pytest.mark.parametrize("ask", ["look_at_sets", "try_training"], indirect=True)
def test_a_look_ahead_that_takes_too_much_memory_is_not_tried_again(ask, wish, run) -> None:
    run(settings=TutorshipSettings())  # on the graphics card
    wish("killed")
    with pytest.raises(InferenceFailed, match="memory was not enough"):
        ask()
    wish("fine")
    assert ask()


def test_a_look_ahead_carries_the_task_there_and_the_answer_back(client: InferenceClient, wish) -> None:
    found, trial = client.look_at_sets(TASK), client.try_training(TASK)
    assert (found.labeled.folder, found.unlabeled.folder) == (TASK.labeled, TASK.unlabeled)
    assert found.labeled.sample is not None
    assert found.labeled.sample.shape == (70, 80)
    assert [stage.name for stage in trial.stages] == ["tiny"]


def test_a_failing_reporter_leaves_no_run_behind(run, wish) -> None:
    wish("slow")

    def fail() -> None:
        raise KeyError("listener")

    with pytest.raises(KeyError):
        run(Listener("slow", act=fail))
    assert not children()


def test_closing_ends_a_run_from_another_thread(client: InferenceClient, run, wish) -> None:
    wish("stuck")
    closed: list[float] = []

    def close() -> None:
        began = time.monotonic()
        client.close()
        closed.append(time.monotonic() - began)

    closing = threading.Thread(target=close)
    with pytest.raises(Cancelled, match="closed"):
        run(Deaf("stuck", act=closing.start))
    closing.join()
    assert closed[0] < 2
    assert not children()
    with pytest.raises(Cancelled, match="closed"):
        run()


def test_an_interrupted_run_ends_as_cancelled_and_the_next_request_works(client: InferenceClient, run, wish) -> None:
    wish("stuck")
    interrupting = threading.Thread(target=client.interrupt)
    with pytest.raises(Cancelled, match="was cancelled"):
        run(Listener("stuck", act=interrupting.start))
    interrupting.join()
    assert not children()
    wish("fine")
    run()


def test_an_idle_child_ends_by_itself_and_the_next_request_starts_another(wish, image: Image) -> None:
    plan = Plan("direct", segmenter=sample_data_folder() / "models" / "segmenter", settings=CPU)
    with InferenceClient(idle_s=0.2) as client:
        client.run(plan, [image], image)
        (first,) = children()
        first.wait(5)
        client.run(plan, [image], image)
        assert children() != [first]


@pytest.mark.parametrize("doing", ["stuck", "fine"])
def test_the_child_ends_with_the_window(wish, doing: str, tmp_path: Path) -> None:
    wish(doing)
    window = f"""
import sys
from pathlib import Path
import numpy as np, psutil
from labelbridge.bootstrap import Plan
from labelbridge.bootstrap.server import InferenceClient, process
from labelbridge.core import Image, Reporter
process._COMMAND = ({str(CHILD)!r},)
class Killer(Reporter):
    def progress(self, done, total, stage):
        if stage == {doing!r}:
            die()
def die():
    assert not {{"torch", "nnunetv2"}} & set(sys.modules)
    print(psutil.Process().children()[0].pid, flush=True)
    psutil.Process().kill()
image = Image(np.random.default_rng(0).random((140, 140), np.float32), "noise")
plan = Plan("direct", segmenter=Path({str(sample_data_folder() / "models" / "segmenter")!r}))
client = InferenceClient()
client.run(plan, [image], image, Killer())
die()
"""
    done = subprocess.run([sys.executable, "-c", window], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    child = int(done.stdout)
    until = time.monotonic() + 5
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert list(tmp_path.glob("labelbridge-*"))
    with InferenceClient():
        assert len(list(tmp_path.glob("labelbridge-*"))) == 1  # what the killed window left is gone


def test_a_python_that_cannot_be_started(run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(InferenceFailed, match="cannot start"):
        run()


@posix
def test_ctrl_c_in_the_terminal_does_not_reach_the_child(run) -> None:
    run()
    (child,) = children()
    assert os.getpgid(child.pid) != os.getpgid(0)
