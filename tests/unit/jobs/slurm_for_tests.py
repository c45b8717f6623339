"""A cluster's commands without a cluster."""

import shlex
from pathlib import Path

PROGRAMS = ("sbatch", "squeue", "sacct", "scancel", "scontrol")


class FakeSlurm:
    """SLURM's commands as scripts that note how they were called and say what they are told to.

    A cluster named `here`, which takes jobs as number 12 and keeps no accounts.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.heard: dict[str, object] = {}
        for program in PROGRAMS:
            self.says(program)
        self.says("sbatch", "12\n")
        self.says("scontrol", "ClusterName             = here\n")
        self.says("sacct", error="Slurm accounting storage is disabled\n", code=1)

    def says(self, program: str, out: str = "", error: str = "", code: int = 0, before: str = "") -> None:
        """Let a program print, fail, and do something in shell `before` that."""
        lines = [
            "#!/bin/sh",
            f'echo "$*" >> {shlex.quote(str(self.folder / program))}.calls',
            before,
            f"printf %s {shlex.quote(out)}",
            f"printf %s {shlex.quote(error)} >&2",
            f"exit {code}",
        ]
        script = self.folder / program
        script.write_text("\n".join(lines) + "\n", encoding="utf-8")
        script.chmod(0o755)
        self.heard.clear()

    def calls(self, program: str) -> list[str]:
        """Return the arguments of each call."""
        file = self.folder / f"{program}.calls"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []

    def vanish(self) -> None:
        """Have no commands any more, as on a laptop."""
        for program in PROGRAMS:
            (self.folder / program).unlink()
        self.heard.clear()
