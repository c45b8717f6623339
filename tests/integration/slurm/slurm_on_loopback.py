"""A real SLURM on this computer alone, in a folder of its own: `python slurm_on_loopback.py COMMAND` works with it.

Needs root, slurm-wlm and munge. One computer of two partitions: jobs in `urgent` take it from those in `normal`, which
are queued again.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

__all__ = ["slurm_on_loopback", "why_not"]

_PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "sinfo")
_UP_WITHIN_S = 60.0
_DOWN_WITHIN_S = 15.0
_CONFIGURATION = """\
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
StateSaveLocation={folder}/controller
SlurmdSpoolDir={folder}/node
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
ReturnToService=2
KillWait=20
MinJobAge=300
SlurmctldTimeout=120
SlurmdTimeout=120
MessageTimeout=30
NodeName={host} NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN
PartitionName=normal Nodes={host} Default=YES PriorityTier=1 MaxTime=60 DefaultTime=30 State=UP
PartitionName=urgent Nodes={host} PriorityTier=10 PreemptMode=OFF MaxTime=60 DefaultTime=30 State=UP
"""


def why_not() -> str:
    """Say why no SLURM can be set up here, or nothing."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "setting SLURM up takes Linux and root"
    absent = [name for name in _PROGRAMS if _program(name) is None]
    return f"slurm-wlm and munge are not installed ({', '.join(absent)})" if absent else ""


@contextmanager
def slurm_on_loopback() -> Iterator[dict[str, str]]:
    """Set SLURM up, give the variables that lead to it, and take it down with all its jobs."""
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    folder.chmod(0o755)
    variables = {"SLURM_CONF": str(folder / "slurm.conf")}
    try:
        with ExitStack() as daemons:
            _configure(folder)
            socket_file = _munge_folder(folder) / "socket"
            daemons.enter_context(_daemon(["munged", *_munge_options(folder)], {}, folder))
            _wait(lambda: socket_file.exists(), "munged", folder)
            daemons.enter_context(_daemon(["slurmctld", "-D"], variables, folder))
            daemons.enter_context(_daemon(["slurmd", "-D"], variables, folder))
            _wait(lambda: _says(["sinfo", "--noheader", "--format=%T"], variables).startswith("idle"), "SLURM", folder)
            daemons.callback(_end_jobs, variables)
            yield variables
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _configure(folder: Path) -> None:
    ports = _free_ports(2)
    text = _CONFIGURATION.format(
        host=socket.gethostname().partition(".")[0], folder=folder, controller_port=ports[0], node_port=ports[1]
    )
    (folder / "slurm.conf").write_text(text, encoding="utf-8")
    (folder / "controller").mkdir()
    (folder / "node").mkdir()


def _munge_folder(folder: Path) -> Path:
    """Make what munged needs: a folder for its socket, and a secret of its own."""
    munge = folder / "munge"
    munge.mkdir()
    key = munge / "key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    return munge


def _munge_options(folder: Path) -> list[str]:
    names = {"socket": "socket", "key-file": "key", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
    return ["--foreground", "--force", *(f"--{option}={folder / 'munge' / name}" for option, name in names.items())]


@contextmanager
def _daemon(command: Sequence[str], variables: Mapping[str, str], folder: Path) -> Iterator[None]:
    program = _program(command[0])
    assert program is not None
    with (folder / f"{command[0]}.out").open("ab") as out:
        process = subprocess.Popen(
            [program, *command[1:]], env={**os.environ, **variables}, stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=_DOWN_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end_jobs(variables: Mapping[str, str]) -> None:
    """Leave no process of a job behind."""
    _says(["scancel", "--full", "--signal=KILL", "--user=root"], variables)
    _says(["scancel", "--user=root"], variables)
    deadline = time.monotonic() + _DOWN_WITHIN_S
    while _says(["squeue", "--noheader"], variables) and time.monotonic() < deadline:
        time.sleep(0.2)


def _says(command: Sequence[str], variables: Mapping[str, str]) -> str:
    done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _wait(condition: Callable[[], bool], name: str, folder: Path) -> None:
    deadline = time.monotonic() + _UP_WITHIN_S
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{name} did not come up: {_logs(folder)}")
        time.sleep(0.1)


def _logs(folder: Path) -> str:
    files = sorted([*folder.glob("*.log"), *folder.glob("*.out"), *folder.glob("munge/log")])
    return "\n".join(f"{file.name}: {file.read_text(errors='replace')[-2000:]}" for file in files)


def _program(name: str) -> str | None:
    """Return the path of a program, also where the user's PATH has no place for daemons."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


if __name__ == "__main__":
    if reason := why_not():
        sys.exit(reason)
    with slurm_on_loopback() as found:
        sys.exit(subprocess.run(sys.argv[1:], env={**os.environ, **found}, check=False).returncode)
