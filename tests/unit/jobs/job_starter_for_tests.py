"""What `python -m labelbridge.jobs.entry` is, with the tests' tasks known to it."""

import sys

from labelbridge.jobs import tasks
from labelbridge.jobs.entry import main

if __name__ == "__main__":
    tasks.TASKS.update({name: f"job_tasks_for_tests:{name}" for name in ("count", "half", "bug", "full", "quiet")})
    sys.exit(main(sys.argv[1:]))
