# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)
"""A real Slurm of one node on this machine, which ends with its context."""

import contextlib
import getpass
import os
import pathlib
import signal
import socket
import subprocess
import time

CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
AuthType=auth/munge
# A task that is queued again waits until the credentials of its last run are out of date.
AuthInfo=socket={folder}/munge.sock,cred_expire=5
CryptoType=crypto/munge
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=100000,bf_interval=1
SelectType=select/cons_tres
ReturnToService=2
MpiDefault=none
DefMemPerCPU=100
JobAcctGatherType=jobacct_gather/none
SlurmdParameters=config_overrides
MinJobAge=3600
NodeName={host} NodeAddr=127.0.0.1 CPUs=8 RealMemory=2000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_until(condition, seconds, what):
    """Polls: Slurm's commands have nothing that could be waited for."""
    end = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.05)
    return result


class Cluster:
    """Started by `with`; folder: where its files go."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.daemons = contextlib.ExitStack()

    def __enter__(self):
        for name in ("state", "spool"):
            (self.folder / name).mkdir(mode=0o700)
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        configuration = self.folder / "slurm.conf"
        configuration.write_text(CONFIGURATION.format(
            user=getpass.getuser(), host=socket.gethostname().split(".")[0], folder=self.folder,
            controller_port=free_port(), node_port=free_port()))
        self.environment = {**os.environ, "SLURM_CONF": str(configuration)}
        try:
            # In the foreground each, so that they end with their parent's word.
            self._start("munged", "--foreground", "--force", f"--key-file={key}",
                        *(f"--{each}={self.folder}/munge.{end}" for each, end in
                          (("socket", "sock"), ("pid-file", "pid"), ("log-file", "log"), ("seed-file", "seed"))))
            wait_until((self.folder / "munge.sock").exists, 20, "munged has no socket")
            self._start("slurmctld", "-D")
            self._start("slurmd", "-D", "-N", socket.gethostname().split(".")[0])
            wait_until(self._is_idle, 60, "the node is not idle")
        except BaseException:
            self.daemons.close()
            raise
        return self

    def __exit__(self, *_):
        try:
            self.command("scancel", f"--user={getpass.getuser()}", check=False)
            # The steps' own daemons outlive the node's.
            wait_until(self._has_no_jobs, 20, "jobs do not end")
        finally:
            self.daemons.close()

    def _start(self, *command):
        log = open(self.folder / f"{command[0]}.out", "wb")
        self.daemons.callback(log.close)
        daemon = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.daemons.callback(self._end, daemon)

    @staticmethod
    def _end(daemon):
        daemon.send_signal(signal.SIGTERM)
        try:
            daemon.wait(20)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()

    def _is_idle(self):
        return self.command("sinfo", "--noheader", "--format=%t", check=False).strip() == "idle"

    def _has_no_jobs(self):
        return not self.command("squeue", "--noheader", "--states=running,completing", check=False).strip()

    def command(self, *arguments, check=True):
        done = subprocess.run(arguments, env=self.environment, capture_output=True, text=True, timeout=60, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(arguments)}: {done.stderr or done.stdout}")
        return done.stdout

    def states(self, job):
        """State of each task of an array: {0: "RUNNING", ...}."""
        listed = self.command("squeue", "--noheader", "--array", "--states=all", f"--jobs={job}", "--format=%K %T")
        return {int(task): state for task, state in (line.split() for line in listed.splitlines())}
