"""SLURM's own commands: the only thing that every cluster with SLURM has."""

import re
import subprocess

from labelbridge.core import LabelBridgeError

__all__ = ["SlurmRefused", "SlurmSilent", "ask_slurm", "cluster_name"]

_TIMEOUT_S = 10.0
_PATIENT_S = 60.0
"""What is to be done must not be given up as quickly as what is only asked."""

_NO_ANSWER = re.compile(
    "contact|connect|timed out|configuration source|munge|authentication|unreachable", re.IGNORECASE
)
_CLUSTER = re.compile(r"^ClusterName\s*=\s*(\S+)", re.MULTILINE)


class SlurmSilent(LabelBridgeError):
    """SLURM cannot be asked from this computer, or does not answer now."""


class SlurmRefused(LabelBridgeError):
    """SLURM answered that it does not do this; the text is its own."""


def ask_slurm(program: str, *arguments: str, patiently: bool = False) -> str:
    """Run one of SLURM's commands and return what it printed.

    Parameters
    ----------
    program, arguments
        The command.
    patiently
        Whether to wait for a minute, not for ten seconds, until the controller answers.

    Raises
    ------
    SlurmSilent
        Where the command is absent, or its controller does not answer in time.
    SlurmRefused
        Where it answers with an error.
    """
    timeout_s = _PATIENT_S if patiently else _TIMEOUT_S
    try:
        done = subprocess.run(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=timeout_s,
        )
    except FileNotFoundError as error:
        raise SlurmSilent(
            f"got no `{program}` on this computer, expected one of a cluster with SLURM; run this there."
        ) from error
    except OSError as error:
        raise SlurmSilent(
            f"`{program}` cannot be run ({error.strerror}); ask whoever looks after the cluster."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise SlurmSilent(f"SLURM did not answer within {timeout_s:.0f} s; try again later.") from error
    if done.returncode == 0:
        return done.stdout
    said = _sentence(program, done.stderr or done.stdout)
    if _NO_ANSWER.search(said):
        raise SlurmSilent(f"SLURM does not answer ({said}); try again later.")
    raise SlurmRefused(said)


def cluster_name() -> str:
    """Return the name of the cluster that this computer belongs to; empty where SLURM does not tell."""
    try:
        found = _CLUSTER.search(ask_slurm("scontrol", "show", "config"))
    except (SlurmSilent, SlurmRefused):
        return ""
    return found[1] if found else ""


def _sentence(program: str, said: str) -> str:
    """Return an error in one line, without the words that stand before each of its lines."""
    before = re.compile(rf"^({re.escape(program)}|slurm_\w+): |^(slurm_\w+ )?(error|fatal): ")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    plain = [before.sub("", before.sub("", line)).removesuffix(".") for line in lines]
    return "; ".join(dict.fromkeys(plain)) or f"{program} failed without a word"
