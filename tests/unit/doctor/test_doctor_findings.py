"""The judgements, from facts of computers that are not here."""

import errno
import tomllib
from pathlib import Path

import pytest

from labelbridge.doctor import Finding
from labelbridge.doctor.computer import (
    NEWEST_PYTHON,
    OLDEST_PYTHON,
    ComputerFacts,
    MemoryFacts,
    computer_findings,
    memory_findings,
)
from labelbridge.doctor.driver import DriverFacts, parse_driver
from labelbridge.doctor.folders import FolderFacts, folder_finding, look_at_folder
from labelbridge.doctor.packages import PackageFacts, Requirement, package_findings
from labelbridge.doctor.processor import SELECTOR, ProcessorFacts, processor_findings
from labelbridge.doctor.torch_probe import Gpu, TorchFacts

WINDOWS = "Windows-11-10.0.26100-SP0, AMD64"
RTX = DriverFacts(gpus=("NVIDIA GeForce RTX 4070",), version="551.23", cuda=(12, 4))
TABLE = """
Mon Nov  2 10:00:00 2026
| NVIDIA-SMI 550.54.14              Driver Version: 550.54.14      CUDA Version: 12.4     |
"""
NEWER_TABLE = "| NVIDIA-SMI 610.11   KMD Version: 610.11   Driver Version: 610.11   CUDA UMD Version: 13.4 |"
CARDS = """GPU 0: NVIDIA H200 (UUID: GPU-11111111-2222-3333-4444-555555555555)
GPU 1: NVIDIA RTX A6000 (UUID: GPU-66666666-7777-8888-9999-000000000000)
"""


def one(findings: list[Finding], name: str) -> Finding:
    (found,) = (finding for finding in findings if finding.name == name)
    return found


def processor(torch: TorchFacts, driver: DriverFacts | None = None) -> list[Finding]:
    return processor_findings(ProcessorFacts(torch, driver or DriverFacts()))


@pytest.mark.parametrize(
    ("python", "bits", "status", "words"),
    [
        ((3, 10, 14), 64, "problem", "needs Python 3.11 or newer"),
        ((3, 11, 0), 64, "ok", ""),
        ((3, 13, 9), 64, "ok", ""),
        ((3, 14, 0), 64, "note", "tested up to Python 3.13"),
        ((3, 12, 1), 32, "problem", "64-bit Python"),
    ],
)
def test_python(python: tuple[int, int, int], bits: int, status: str, words: str) -> None:
    found = one(computer_findings(ComputerFacts(python, bits, WINDOWS)), "python")
    assert found.status == status
    assert words in (found.remedy or "")


def test_the_versions_of_python_are_those_of_the_package(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">={}.{}".format(*OLDEST_PYTHON)
    tested = [line.rpartition(" ")[2] for line in project["classifiers"] if "Python :: 3." in line]
    assert max(tuple(map(int, version.split("."))) for version in tested) == NEWEST_PYTHON


@pytest.mark.parametrize(("long_paths", "noted"), [(None, False), (True, False), (False, True)])
def test_short_paths_on_windows(long_paths: bool | None, noted: bool) -> None:
    findings = computer_findings(ComputerFacts((3, 12, 1), 64, WINDOWS, long_paths))
    assert any(finding.name == "long paths" and finding.status == "note" for finding in findings) == noted


@pytest.mark.parametrize(
    ("total", "free", "status", "words"),
    [(4e9, 3e9, "note", "at least 8 GB"), (16e9, 1e9, "note", "Close other programs"), (16e9, 9e9, "ok", "")],
)
def test_memory(total: float, free: float, status: str, words: str) -> None:
    findings = memory_findings(MemoryFacts(int(total), int(free), 8))
    assert one(findings, "memory").status == status
    assert words in (one(findings, "memory").remedy or "")
    assert one(findings, "cores").value == "8"


def test_a_torch_for_the_cpu_only_beside_an_nvidia_card() -> None:
    findings = processor(TorchFacts(version="2.8.0+cpu", threads=8), RTX)
    assert one(findings, "torch").value == "2.8.0+cpu, for the CPU only"
    assert one(findings, "would be used").value == "cpu, 8 threads"
    card = one(findings, "graphics card")
    assert card.status == "note"
    assert card.value == "NVIDIA GeForce RTX 4070, driver 551.23 for CUDA up to 12.4, not used"
    for word in ("pip install torch", SELECTOR, "--index-url", "CUDA 12.4 or older"):
        assert word in (card.remedy or "")


def test_a_driver_older_than_torch() -> None:
    torch = TorchFacts(version="2.11.0", cuda="13.0", gpu_error="The NVIDIA driver on your system is too old")
    card = one(processor(torch, RTX), "graphics card")
    assert card.status == "note"
    assert "supports CUDA 12.4 and PyTorch is built for 13.0; update the driver" in (card.remedy or "")


def test_a_card_that_torch_does_not_find() -> None:
    torch = TorchFacts(version="2.8.0", cuda="12.1", gpu_error="No CUDA GPUs are available")
    card = one(processor(torch, RTX), "graphics card")
    assert card.status == "note"
    assert "No CUDA GPUs are available" in (card.remedy or "")
    assert "CUDA_VISIBLE_DEVICES" in (card.remedy or "")


def test_a_card_that_cannot_compute_stops_everything() -> None:
    old = TorchFacts(
        version="2.11.0",
        cuda="12.6",
        gpus=(Gpu("Tesla K80", int(12e9)),),
        gpu_error="no kernel image is available for execution on the device",
        device="cuda",
    )
    card = one(processor(old, RTX), "graphics card")
    assert card.status == "problem"
    assert "Tesla K80, 12.0 GB" in card.value
    assert "no kernel image" in card.value
    assert "--device cpu" in (card.remedy or "")


def test_cards_that_compute() -> None:
    cuda = TorchFacts(version="2.8.0", cuda="12.4", gpus=(Gpu("NVIDIA H200", int(150e9)),), device="cuda")
    assert one(processor(cuda, RTX), "graphics card").status == "ok"
    assert one(processor(cuda, RTX), "torch").value == "2.8.0, for CUDA 12.4"
    mac = TorchFacts(version="2.8.0", mps=True, device="mps", threads=10)
    assert [finding.status for finding in processor(mac)] == ["ok"] * 3
    assert one(processor(mac), "torch").value == "2.8.0, for Apple's MPS"
    assert one(processor(mac), "would be used").value == "mps, 10 threads"
    rocm = TorchFacts(version="2.8.0+rocm6.4", rocm="6.4", gpus=(Gpu("AMD Instinct", int(64e9)),), device="cuda")
    assert one(processor(rocm), "torch").value == "2.8.0+rocm6.4, for ROCm 6.4"


def test_no_card_is_no_problem() -> None:
    findings = processor(TorchFacts(version="2.8.0", cuda="12.4", gpu_error="Found no NVIDIA driver"))
    assert [finding.status for finding in findings] == ["ok"] * 3


def test_a_driver_that_does_not_answer() -> None:
    card = one(processor(TorchFacts(version="2.8.0"), DriverFacts(error="NVIDIA-SMI has failed")), "graphics card")
    assert card.status == "note"
    assert "NVIDIA-SMI has failed" in card.value


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("[WinError 126] The specified module could not be found. Error loading c10.dll", "Visual C++"),
        ("No module named 'torch'", SELECTOR),
        (None, SELECTOR),
    ],
)
def test_a_torch_that_cannot_be_imported(error: str | None, words: str) -> None:
    findings = processor(TorchFacts(error=error), RTX)
    assert one(findings, "torch").status == "problem"
    assert words in (one(findings, "torch").remedy or "")
    assert "RTX 4070" in one(findings, "graphics card").value


def test_what_nvidia_smi_prints() -> None:
    assert parse_driver(TABLE, CARDS) == DriverFacts(("NVIDIA H200", "NVIDIA RTX A6000"), "550.54.14", (12, 4))
    assert parse_driver(NEWER_TABLE, "") == DriverFacts((), "610.11", (13, 4))
    assert parse_driver("what?", "No devices were found") == DriverFacts()


def test_packages_missing_or_of_another_version() -> None:
    facts = PackageFacts(
        (
            Requirement("nnunetv2", "<3,>=2.6", "2.6.2", True),
            Requirement("numpy", ">=1.26", "1.24.0", False),
            Requirement("zarr", ">=3.0.8", None, False),
        ),
        (("PyQt6", "6.9.1"), ("PySide6", "6.9.0")),
    )
    findings = package_findings(facts)
    assert one(findings, "nnunetv2").value == "2.6.2"
    assert one(findings, "packages").value == "1 of 3 as required"
    assert one(findings, "numpy").value == "1.24.0, >=1.26 is required"
    assert one(findings, "zarr").value == "missing, >=3.0.8 is required"
    assert 'pip install --upgrade "zarr>=3.0.8"' in (one(findings, "zarr").remedy or "")
    assert {one(findings, name).status for name in ("numpy", "zarr")} == {"problem"}
    assert one(findings, "Qt binding") == Finding("Qt binding", "PyQt6 6.9.1, PySide6 6.9.0")


def test_no_qt_and_no_record() -> None:
    findings = package_findings(PackageFacts(None))
    assert "napari-labelbridge[all]" in (one(findings, "Qt binding").remedy or "")
    assert {finding.status for finding in findings} == {"note"}


@pytest.mark.parametrize(("free", "status"), [(5e8, "problem"), (5e9, "note"), (5e10, "ok")])
def test_room_on_the_disk(free: float, status: str) -> None:
    found = folder_finding(FolderFacts("models", r"C:\models", "set LABELBRIDGE_HOME", int(free)))
    assert found.status == status
    assert (found.remedy is None) == (status == "ok")


@pytest.mark.parametrize(("name", "status"), [("models", "problem"), ("current folder", "note")])
def test_a_folder_that_cannot_be_written_to(name: str, status: str) -> None:
    found = folder_finding(FolderFacts(name, "/data", "set X to another folder", refusal="Permission denied"))
    assert found.status == status
    assert found.value == "/data, cannot be written to (Permission denied)"
    assert found.remedy == "Get permission to write there, or set X to another folder."


def test_looking_at_folders_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "new" / "home"))
    monkeypatch.setenv("LABELBRIDGE_SCRATCH", str(tmp_path))
    assert (look_at_folder("models").free_bytes or 0) > 0
    assert look_at_folder("temporary data").refusal is None
    assert list(tmp_path.iterdir()) == []


def test_folders_that_refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "file" / "home"))
    monkeypatch.setenv("LABELBRIDGE_SCRATCH", str(tmp_path / "missing"))
    assert look_at_folder("models").refusal is not None
    assert look_at_folder("temporary data").refusal is not None

    def refuse(**_: object) -> None:
        raise PermissionError(errno.EACCES, "Access is denied", str(tmp_path))

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    assert look_at_folder("current folder").refusal == "Access is denied"
