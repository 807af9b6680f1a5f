"""The executor `nice`: runs that leave the processor to everything else."""

import json
import os
import select
import signal
import subprocess
import sys

from guild.executors.job import CLAIMED
from guild.extend.executor import Executor, JobEnd

# Another command in front would start runs in a container or on another machine.
COMMAND = ("nice", "-n", "19", sys.executable, "-m", "guild.executors.job")


class NiceExecutor(Executor):
    """Starts a process of low priority for each run."""

    def __init__(self, slots=1):
        super().__init__(slots)
        self._jobs = {}

    def submit(self, requests):
        return [self._submit(request) for request in requests]

    def _submit(self, request):
        job = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the batch, which then calls `cancel`
        )
        with job.stdin:
            job.stdin.write(json.dumps(request._asdict()).encode())
        if job.stdout.readline() != CLAIMED:  # another process has claimed the run
            job.stdout.close()
            job.wait()
            return None
        self._jobs[request.run_id] = job
        return request.run_id

    def poll(self, timeout=None):
        if not self._jobs:
            return []
        handles = {job.stdout: handle for handle, job in self._jobs.items()}
        readable, _, _ = select.select(list(handles), [], [], timeout)
        return [self._end(handles[stdout]) for stdout in readable]

    def _end(self, handle):
        job = self._jobs.pop(handle)
        with job.stdout:
            error = os.fsdecode(job.stdout.read())
        code = job.wait()
        if code < 0:
            return JobEnd(handle, 128 - code, error or f"its job was killed by signal {-code}")
        return JobEnd(handle, code, error or None)

    def cancel(self, handles):
        for handle in handles:
            if handle in self._jobs:
                self._jobs[handle].send_signal(signal.SIGTERM)
