"""The settings of a cluster, and the script that is made from them."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from pydantic import ValidationError

from labelbridge.core import InputError
from labelbridge.jobs.slurm.script import batch_script
from labelbridge.jobs.slurm.settings import SlurmSettings, read_slurm_settings

WHOLE = """
partition = "gpu"
account = "axons"
qos = "long"
time = "1-12:00:00"
gpus = 2
cpus = 8
memory_gb = 1.5
options = ["--constraint=a100"]
setup = ["module load cuda"]
python = "/opt/python"
"""


def read(tmp_path: Path, content: str) -> SlurmSettings:
    file = tmp_path / "cluster.toml"
    file.write_text(content, encoding="utf-8")
    return read_slurm_settings(file)


def options_of(settings: SlurmSettings, **job: object) -> set[str]:
    script = batch_script(["python"], Path("/job"), Path("/job/stdout.log"), "name", job, settings)
    return {line.removeprefix("#SBATCH ") for line in script.splitlines() if line.startswith("#SBATCH ")}


def test_all_that_is_asked_for_reaches_sbatch(tmp_path: Path) -> None:
    settings = read(tmp_path, WHOLE)
    asked = {"--partition=gpu", "--account=axons", "--qos=long", "--time=1-12:00:00", "--gres=gpu:2"}
    asked |= {"--cpus-per-task=8", "--mem=1536M", "--constraint=a100", "--requeue", "--signal=B:USR1@300"}
    assert asked <= options_of(settings)
    assert settings.time_s == 36 * 3600


def test_the_settings_of_the_page_are_settings(repository: Path, tmp_path: Path) -> None:
    page = (repository / "docs" / "cluster.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert read(tmp_path, block).partition == "gpu"
    for line in re.findall(r"`((?:qos|options|setup|python) = [^`]+)`", page):
        assert read(tmp_path, line) != SlurmSettings()
    assert {*re.findall(r"^(\w+) = ", block, re.MULTILINE), "qos", "options", "setup", "python"} == set(
        SlurmSettings.model_fields
    )


def test_what_is_left_out_is_left_to_the_cluster(tmp_path: Path) -> None:
    options = options_of(read(tmp_path, ""))
    names = {option.partition("=")[0] for option in options}
    assert not names & {"--partition", "--account", "--qos", "--time", "--gres", "--cpus-per-task", "--mem"}


@pytest.mark.parametrize(("time", "before_s"), [("00:01:00", 10), ("00:30:00", 180), ("02:00:00", 300), (None, 300)])
def test_a_short_stay_is_warned_a_tenth_before_its_end(time: str | None, before_s: int) -> None:
    assert f"--signal=B:USR1@{before_s}" in options_of(SlurmSettings(time=time))


@pytest.mark.parametrize(
    ("gpus", "job", "cards"),
    [
        (None, {"device": "cuda", "devices": 3}, 3),
        (None, {"device": "auto"}, 0),
        (None, {}, 0),
        (1, {"device": "auto", "devices": 1}, 1),
        (0, {"device": "cpu", "devices": 2}, 0),
    ],
)
def test_graphics_cards_are_those_of_the_file_or_the_job(gpus: int | None, job: dict[str, object], cards: int) -> None:
    asked = {option for option in options_of(SlurmSettings(gpus=gpus), **job) if option.startswith("--gres")}
    assert asked == ({f"--gres=gpu:{cards}"} if cards else set())


def test_fewer_graphics_cards_than_the_job_uses_are_refused() -> None:
    with pytest.raises(InputError, match="job on 4 graphics cards and gpus = 2"):
        options_of(SlurmSettings(gpus=2), device="cuda", devices=4)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("partion = 'gpu'", "got partion, expected some of partition, account"),
        ("time = '12:00'", "got '12:00' for time: expected hours:minutes:seconds"),
        ("time = 720", "for time"),
        ("gpus = -1", "got -1 for gpus"),
        ("memory_gb = 'much'", "got 'much' for memory_gb"),
        ("partition = 'a b'", "got 'a b' for partition"),
        ('account = "x\\n#SBATCH --uid=0"', "for account"),
        ("options = ['rm']", 'expected options of sbatch, such as "--constraint=a100", not "rm"'),
        ('setup = ["a\\nb"]', "for setup"),
        ("gpus = ", "is no TOML"),
        ("[cluster]\ngpus = 1", "got cluster, expected some of"),
    ],
)
def test_each_mistake_is_one_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, content)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'cluster.toml'}: got ")
    assert str(caught.value).endswith(".")


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.toml: got no settings of a cluster \(No such file"):
        read_slurm_settings(tmp_path / "absent.toml")
    (tmp_path / "latin.toml").write_bytes(b"account = '\xe9'")
    with pytest.raises(InputError, match=r"latin\.toml: got no settings of a cluster \(it is no text in UTF-8"):
        read_slurm_settings(tmp_path / "latin.toml")


def test_settings_come_back_from_a_jobs_folder() -> None:
    settings = SlurmSettings(partition="gpu", setup=("module load cuda",))
    assert SlurmSettings.model_validate(settings.model_dump(mode="json", exclude_defaults=True)) == settings
    with pytest.raises(ValidationError):
        SlurmSettings.model_validate({"nodes": 3})


@pytest.mark.skipif(os.name == "nt", reason="the script is for a shell")
def test_the_script_runs_in_a_shell_whatever_the_folder_is_called(tmp_path: Path) -> None:
    folder = tmp_path / """it's "a" $HOME 100%d\\job"""
    folder.mkdir()
    settings = SlurmSettings(setup=("export GREETING=hello",), cpus=3)
    command = ["/bin/sh", "-c", 'echo "$GREETING $OMP_NUM_THREADS $0"']
    script = batch_script(command, folder, folder / "stdout.log", "name", {}, settings)
    done = subprocess.run(
        ["bash", "-c", script], env={"SLURM_CPUS_PER_TASK": "3"}, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"hello 3 {folder}\n"
    assert f'--chdir="{tmp_path}/it\'s \\"a\\" $HOME 100%d\\\\job"' in script
    assert "100%%d" in script


def test_a_folder_with_a_line_break_is_refused() -> None:
    with pytest.raises(InputError, match="line break"):
        batch_script(["python"], Path("/a\nb"), Path("/log"), "name", {}, SlurmSettings())
