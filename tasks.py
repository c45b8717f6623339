"""Set up LabelBridge in a fresh copy and run it: `python3 tasks.py demo`, `python3 tasks.py test`.

Needs nothing but Python. All goes into `.venv` beside this file, exactly as `requirements.lock` says, and is used
again until that changes.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import select
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from ctypes.util import find_library
from pathlib import Path
from typing import Iterator, Sequence

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent
LOCK = ROOT / "requirements.lock"
VENV = ROOT / ".venv"
PYSIDE6_LOCK = ROOT / "requirements-pyside6.lock"
PYSIDE6 = VENV / "pyside6"
MARKER = "labelbridge-lock.txt"
OLDEST = (3, 11)
DISPLAY_TIMEOUT_S = 30

INSTALL_XVFB = {
    "dnf": "sudo dnf install xorg-x11-server-Xvfb xauth",
    "pacman": "sudo pacman -S xorg-server-xvfb xorg-xauth",
    "zypper": "sudo zypper install xorg-x11-server-Xvfb xauth",
}
"""How to get a virtual display where there is no apt-get, by the system's package manager."""

WINDOW_LIBRARIES = {
    "libdbus-1-3": "dbus-1",
    "libegl1": "EGL",
    "libfontconfig1": "fontconfig",
    "libgl1": "GL",
    "libglib2.0-0": "glib-2.0",
    "libopengl0": "OpenGL",
    "libxcb-cursor0": "xcb-cursor",
    "libxcb-icccm4": "xcb-icccm",
    "libxcb-image0": "xcb-image",
    "libxcb-keysyms1": "xcb-keysyms",
    "libxcb-randr0": "xcb-randr",
    "libxcb-render-util0": "xcb-render-util",
    "libxcb-shape0": "xcb-shape",
    "libxcb-xfixes0": "xcb-xfixes",
    "libxkbcommon-x11-0": "xkbcommon-x11",
}
"""What Qt's own packages for Python leave to the system: each Debian package and the library in it."""

CLUSTER_PROGRAMS = {"munge": "munge", "slurm-wlm": "sbatch"}
"""What a cluster of one computer is made of: each Debian package and a program in it."""


class Problem(Exception):
    """Something that the user must do first, in one sentence."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Set up what is missing and run the task; return the exit code of its first failure, or 0."""
    if sys.version_info < OLDEST:
        have, need = (".".join(map(str, version)) for version in (sys.version_info[:3], OLDEST))
        print(f"LabelBridge needs Python {need} or newer, this is {have}: run it as e.g. `python3.12 tasks.py test`.")
        return 2
    options = parse(arguments)
    try:
        install_system_packages(missing_packages(wants_display(options), wants_window(options), wants_slurm(options)))
        make_environment()
        if options.task == "test" and options.full:
            add_pyside6()
        with display(wants_display(options)) as variables:
            return run_demo(options, variables) if options.task == "demo" else run_tests(options, variables)
    except Problem as problem:
        print(f"Error: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="tasks.py", description=__doc__.splitlines()[0])
    tasks = parser.add_subparsers(dest="task", required=True)
    demo = tasks.add_parser("demo", help="run the main job on the sample data")
    demo.add_argument("--headless", action="store_true", help="never open a window")
    demo.add_argument("--out", type=Path, default=Path("labelbridge-demo"), help="folder for the results")
    test = tasks.add_parser("test", help="run all checks and tests")
    test.add_argument("--full", action="store_true", help="also the tests that take long")
    return parser.parse_args(arguments)


def run_demo(options: argparse.Namespace, variables: dict[str, str]) -> int:
    """Run the main job on the sample data."""
    out = options.out.absolute()
    flags = ["--headless"] if options.headless else []
    if "DISPLAY" in variables:  # nobody sees the window, nor could close it
        flags = ["--picture", str(out / "window.png")]
    return step("demo", [script("labelbridge"), "demo", *flags, "--out", str(out)], variables)


def run_tests(options: argparse.Namespace, variables: dict[str, str]) -> int:
    """Run every check, whatever the others say; return the first failure's exit code."""
    python = str(venv_python())
    one_thread = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    two_at_a_time = ["-n", "2", "--dist", "worksteal"]  # else one waits long for the other's last tests
    pytest = [python, "-m", "pytest", *two_at_a_time, "--quiet", *(["--full"] if options.full else [])]
    codes = [
        step("ruff check", [python, "-m", "ruff", "check", "."], cwd=ROOT),
        step("ruff format", [python, "-m", "ruff", "format", "--check", "."], cwd=ROOT),
        step("mypy", [python, "-m", "mypy"], cwd=ROOT),
        step("import-linter", [script("lint-imports")], cwd=ROOT),
        step("pytest", pytest, {**one_thread, **variables}, cwd=ROOT),
    ]
    return next((code for code in codes if code), 0)


def step(name: str, command: Sequence[str], variables: dict[str, str] | None = None, cwd: Path | None = None) -> int:
    """Run a command, say what it is and how long it took, and return its exit code."""
    print(f"--- {name}", flush=True)
    began = time.monotonic()
    code = subprocess.run(command, env={**os.environ, **(variables or {})}, cwd=cwd, check=False).returncode
    seconds = time.monotonic() - began
    print(f"--- {name}: {'ok' if code == 0 else f'FAILED with exit code {code}'}, {seconds:.1f} s", flush=True)
    return code


# The environment


def venv_python() -> Path:
    """Return the path of the environment's Python."""
    return VENV / "Scripts" / "python.exe" if os.name == "nt" else VENV / "bin" / "python"


def script(name: str) -> str:
    """Return the path of a command in the environment."""
    return str(venv_python().with_name(f"{name}.exe" if os.name == "nt" else name))


def pip_install() -> list[str]:
    """Return the command that installs into the environment, without what."""
    return [str(venv_python()), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]


def marker_text(lock: Path) -> str:
    """Say what a finished folder is made from and where: an environment cannot be moved."""
    return f"{hashlib.sha256(lock.read_bytes()).hexdigest()}\n{ROOT}\n"


def is_made(folder: Path, lock: Path) -> bool:
    """Return True where the folder is finished and made from the lock as it is."""
    marker = folder / MARKER
    return marker.is_file() and marker.read_text(encoding="utf-8") == marker_text(lock)


def is_ready() -> bool:
    """Return True where the environment is finished and made from the lock as it is."""
    return is_made(VENV, LOCK) and venv_python().exists()


def make_environment() -> None:
    """Make the environment anew unless it is ready; the marker comes last, so an interrupted set-up is redone."""
    if is_ready():
        return
    if Path(sys.prefix).resolve() == VENV.resolve():
        raise Problem("the set-up in .venv must be made again: run tasks.py with the Python that is outside of it.")
    (VENV / MARKER).unlink(missing_ok=True)
    set_up("make .venv", [sys.executable, "-m", "venv", "--clear", str(VENV)])
    locked = [*pip_install(), "--requirement", str(LOCK)]
    set_up("install the locked packages (several GB and some minutes, once)", locked)
    set_up("install labelbridge", [*pip_install(), "--no-deps", "--editable", str(ROOT)])
    (VENV / MARKER).write_text(marker_text(LOCK), encoding="utf-8")


def add_pyside6() -> None:
    """Install PySide6 beside the environment, unless it is there: only tests that ask for its folder find it."""
    if is_made(PYSIDE6, PYSIDE6_LOCK):
        return
    shutil.rmtree(PYSIDE6, ignore_errors=True)
    locked = [*pip_install(), "--no-deps", "--target", str(PYSIDE6), "--requirement", str(PYSIDE6_LOCK)]
    set_up("install PySide6 for the tests of windows (100 MB, once)", locked)
    (PYSIDE6 / MARKER).write_text(marker_text(PYSIDE6_LOCK), encoding="utf-8")


def set_up(name: str, command: Sequence[str]) -> None:
    """Do a step that all others need; raises Problem where it fails."""
    if step(name, command):
        raise Problem(
            f"could not {name}; see above, check the connection, the disk and, on Windows, that the path of this "
            "folder is short, and run this again."
        )


# The system


def wants_window(options: argparse.Namespace) -> bool:
    """Return True where windows may open and the system must help: Windows and macOS have all that it takes."""
    return os.name != "nt" and sys.platform != "darwin" and not (options.task == "demo" and options.headless)


def wants_display(options: argparse.Namespace) -> bool:
    """Return True where windows may open and there is no screen."""
    return wants_window(options) and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def wants_slurm(options: argparse.Namespace) -> bool:
    """Return True where the tests set a cluster of their own up: that takes root, and Debian's packages."""
    is_full = options.task == "test" and options.full
    return is_full and os.name != "nt" and os.geteuid() == 0 and shutil.which("apt-get") is not None


def missing_packages(needs_display: bool, needs_window: bool, needs_slurm: bool = False) -> list[str]:
    """Return the system packages, by their Debian names, that must be there first; libraries on Debian alone."""
    missing = []
    if not is_ready() and importlib.util.find_spec("ensurepip") is None:
        missing.append("python3-venv")
    if needs_display and shutil.which("Xvfb") is None:
        missing += ["xvfb", "xauth"]
    if needs_window and shutil.which("apt-get"):
        missing += [package for package, library in WINDOW_LIBRARIES.items() if find_library(library) is None]
    if needs_slurm:
        missing += [package for package, program in CLUSTER_PROGRAMS.items() if shutil.which(program) is None]
    return missing


def install_system_packages(packages: Sequence[str]) -> None:
    """Install packages as root on Debian and its like; elsewhere raise a Problem that names the command."""
    if not packages:
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise Problem(f"something of the system is missing: {how_to_install(packages)}, and then this again.")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "--quiet"], install):
        if step(" ".join(command), command, quiet):
            raise Problem(f"could not install {', '.join(packages)}; see above.")


def how_to_install(packages: Sequence[str]) -> str:
    """Say what the user has to do to get packages (Debian names) on this system."""
    if shutil.which("apt-get"):
        return f"run `sudo apt-get install {' '.join(packages)}`"
    command = next((INSTALL_XVFB[name] for name in INSTALL_XVFB if shutil.which(name)), None)
    if command and "xvfb" in packages:
        return f"run `{command}`"
    wanted = [{"python3-venv": "Python's ensurepip", "xvfb": "Xvfb"}.get(name, name) for name in packages]
    return f"install {' and '.join(wanted)} with your system's package manager"


@contextmanager
def display(needed: bool) -> Iterator[dict[str, str]]:
    """Start a virtual display where one is needed, give the variables that lead to it, and stop it at the end."""
    if not needed:
        yield {}
        return
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        number = read_display_number(reading)
        print(f"--- virtual display :{number}", flush=True)
        yield {"DISPLAY": f":{number}"}
    finally:
        os.close(reading)
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def read_display_number(reading: int) -> str:
    """Wait until the server says on which display it listens: the free one that it chose."""
    said = b""
    deadline = time.monotonic() + DISPLAY_TIMEOUT_S
    while not said.endswith(b"\n"):
        ready, _, _ = select.select([reading], [], [], max(0.0, deadline - time.monotonic()))
        news = os.read(reading, 16) if ready else b""
        if not news:
            raise Problem("Xvfb did not start; run `Xvfb :99` to see why.")
        said += news
    return said.decode().strip()


if __name__ == "__main__":
    sys.exit(main())
