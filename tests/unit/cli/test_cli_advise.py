"""`labelbridge advise`: from options to the work, and what it says."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from labelbridge.bootstrap.advice.found import Advice, PathAdvice, Signs
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.cli.main import app

SAMPLES = sample_data_folder()
SEGMENTER = SAMPLES / "models" / "segmenter"
SIGNS = Signs(0.9, 0.8, 0.7, 0.6, 0.5, None, 0.3, 0.3)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the advisor was asked; it recommends direct."""
    made: list[Any] = []

    def advise(stock: Any, unlabeled: Any, reporter: Any, **more: Any) -> Advice:
        made.append((stock, unlabeled, more))
        direct = PathAdvice("direct", None, "Good.", 0.8, SIGNS)
        return Advice((direct, PathAdvice("tutorship", None, "Untried.")), direct, "Take direct.")

    monkeypatch.setattr("labelbridge.bootstrap.advice.advising.advise", advise)
    return made


def test_all_that_is_given_is_handed_over(asked: list[Any]) -> None:
    given = ["--segmenter", str(SEGMENTER), "--labeled", str(SAMPLES / "tem_labeled"), "--minutes", "3"]
    done = CliRunner().invoke(app, ["advise", str(SAMPLES / "sem_unlabeled"), *given, "--scale", "0.3"])
    assert done.exit_code == 0, done.output
    ((stock, unlabeled, more),) = asked
    assert (stock.segmenter, len(stock.labeled), stock.scale) == (SEGMENTER, 8, 0.3)
    assert len(unlabeled) == 4
    assert more == {"minutes": 3.0}


def test_it_prints_numbers_reasons_and_the_advice(asked: list[Any]) -> None:
    done = CliRunner().invoke(app, ["advise", str(SAMPLES / "sem_unlabeled"), "--segmenter", str(SEGMENTER)])
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["path", "trust", "steady", "certain", "plausible", "fitting", "found", "agreeing"]
    assert lines[1].split() == ["direct", "80%", "90%", "80%", "70%", "60%", "50%"]
    assert lines[-3:] == ["direct: Good.", "tutorship: Untried.", "Take direct."]


def test_with_nothing_to_try_it_says_what_to_give() -> None:
    done = CliRunner().invoke(app, ["advise", str(SAMPLES / "sem_unlabeled")])
    assert done.exit_code == 2
    assert "got neither labels nor a model to try: give --labeled DIR" in done.stderr


def test_images_that_are_not_there_are_one_sentence(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["advise", str(tmp_path / "none.png"), "--segmenter", str(SEGMENTER)])
    assert done.exit_code == 2
    assert "none.png" in done.stderr
