#!/usr/bin/env python3
# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)
"""An array of tasks of a real Slurm asks 20,000 lines by examples/slurm/bulk.sbatch: array_run.py COMMAND SBATCH

One task is killed with -9 in the middle, one gets TERM; both are queued again. Each line is answered once in the merged
output, and the limit of the whole job holds in every window.
"""

import json
import os
import pathlib
import signal
import sys
import tempfile

from cluster import Cluster, wait_until
from completion_server import CompletionServer

LINES = 20_000
TASKS = 4
PER_MINUTE = 180_000
IN_FLIGHT = 64


def write_input(path):
    with open(path, "w", encoding="utf-8") as file:
        for number in range(LINES):
            body = {"model": "m", "messages": [{"role": "user", "content": f"line {number}"}]}
            file.write(json.dumps({"custom_id": f"id-{number}", "method": "POST", "url": "/v1/chat/completions",
                                   "body": body}) + "\n")


def lines_in(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


def processes_of(command, task):
    """Ids of the processes that run the command for a task of the array."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if os.readlink(entry / "exe") != command:
                continue
            environment = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"SLURM_ARRAY_TASK_ID=%d" % task in environment:
            found.append(int(entry.name))
    return found


def end_in_the_middle(cluster, command, output, task, how):
    """Ends a task once it has a part of its answers; returns how many it had."""
    wait_until(lambda: lines_in(output) > LINES / TASKS / 10, 120, f"task {task} does not come on")
    processes = wait_until(lambda: processes_of(command, task), 20, f"task {task} does not run")
    if how == signal.SIGKILL:
        os.kill(processes[0], how)
    else:
        # As Slurm does before the end of its time: the batch script alone.
        cluster.command("scancel", "--batch", "--signal=TERM", f"{cluster.job}_{task}")
    wait_until(lambda: not any(pathlib.Path(f"/proc/{each}").exists() for each in processes), 60,
               f"task {task} does not end")
    had = lines_in(output)
    assert had < LINES / TASKS, f"task {task} was done before it was ended"
    return had


def check_output(path):
    ids = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            answer = json.loads(line)
            number = answer["custom_id"].removeprefix("id-")
            content = answer["response"]["body"]["choices"][0]["message"]["content"]
            assert content == f"line {number}", line
            ids.append(int(number))
    assert ids == list(range(LINES)), f"{len(ids)} answers, {len(set(ids))} of them different"


def run_array(cluster, server, command, sbatch, folder):
    # The path names the command, as it would once it is installed.
    cluster.environment["PATH"] = f"{pathlib.Path(command).parent}:{cluster.environment['PATH']}"
    cluster.job = cluster.command(
        "sbatch", "--parsable", f"--array=0-{TASKS - 1}", f"--chdir={folder}", sbatch, "in.jsonl", "out.jsonl",
        f"--base-url={server.base_url}", f"--rpm={PER_MINUTE}", f"--max-in-flight={IN_FLIGHT}").strip()
    output = [folder / f"out.{task}-of-{TASKS}.jsonl" for task in range(TASKS)]
    end_in_the_middle(cluster, command, output[1], 1, signal.SIGKILL)
    end_in_the_middle(cluster, command, output[2], 2, signal.SIGTERM)
    done = {task: "COMPLETED" for task in range(TASKS)}
    try:
        wait_until(lambda: cluster.states(cluster.job) == done, 300, "the array does not end")
    except TimeoutError:
        for log in folder.glob("completions-*.log"):
            print(log.name, log.read_text()[-2000:], file=sys.stderr)
        raise RuntimeError(f"the array does not end: {cluster.states(cluster.job)}") from None
    return output


def main():
    command, sbatch = (os.path.realpath(each) for each in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as name, CompletionServer() as server:
        folder = pathlib.Path(name)
        write_input(folder / "in.jsonl")
        with Cluster(folder) as cluster:
            output = run_array(cluster, server, command, sbatch, folder)
            cluster.command(command, "merge", *map(str, output), "-o", str(folder / "all.jsonl"), "--order-by",
                            str(folder / "in.jsonl"))
            cluster.command(command, "check", str(folder / "in.jsonl"), *map(str, output))
        check_output(folder / "all.jsonl")
        # Only what was in flight at the kill may have been asked twice.
        asked = len(server.asked)
        assert LINES <= asked <= LINES + IN_FLIGHT, f"{asked} calls"
        # What accrues in a window and in a second that may be saved up; the clocks of both sides differ by little.
        for seconds in (0.5, 1, 2, 5):
            most = server.most_within(seconds)
            assert most <= PER_MINUTE / 60 * (seconds + 1) * 1.05, f"{most} calls within {seconds} s"
        print(f"{LINES} lines by {TASKS} tasks, {asked} calls, at most {server.most_within(1)} in a second")


main()
