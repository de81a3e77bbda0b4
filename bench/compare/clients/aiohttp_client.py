#!/usr/bin/env python3
# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)
"""Completions by aiohttp. Prints one JSON object with bench/load's names; ends with 1 if a completion failed."""

import argparse
import asyncio
import json
import resource
import ssl
import sys
import time

import aiohttp

HEADERS = {"Authorization": "Bearer key"}


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--ca", required=True)
    parser.add_argument("--requests", type=int, default=10000)
    parser.add_argument("--warmup", type=int, default=0)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--stream", action="store_true")
    return parser.parse_args()


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Run:
    def __init__(self, options, session):
        self.options = options
        self.session = session
        self.url = options.base_url + "/chat/completions"
        self.question = {"model": "bench", "messages": [{"role": "user", "content": "x" * 100}]}
        if options.stream:
            self.question["stream"] = True
        self.first_failure = None
        self.begun = self.completed = self.failed = self.chunks = self.text_length = 0
        self.seconds = self.cpu = 0.0

    async def complete(self):
        async with self.session.post(self.url, json=self.question) as response:
            response.raise_for_status()
            reply = await response.json()
            self.text_length += len(reply["choices"][0]["message"]["content"])

    async def stream(self):
        async with self.session.post(self.url, json=self.question) as response:
            response.raise_for_status()
            async for line in response.content:
                # To the end of the body, so that the connection can be used again.
                if line.startswith(b"data: ") and not line.startswith(b"data: [DONE]"):
                    chunk = json.loads(line[6:])
                    self.text_length += len(chunk["choices"][0]["delta"].get("content") or "")
                    self.chunks += 1

    async def work(self, count):
        one = self.stream if self.options.stream else self.complete
        while self.begun < count:
            self.begun += 1
            try:
                await one()
                self.completed += 1
            except (aiohttp.ClientError, asyncio.TimeoutError, ValueError, KeyError, IndexError) as failure:
                self.failed += 1
                self.first_failure = self.first_failure or failure

    async def make(self, count):
        self.begun = self.completed = self.chunks = 0
        cpu, began = cpu_seconds(), time.monotonic()
        await asyncio.gather(*(self.work(count) for _ in range(self.options.concurrency)))
        self.seconds, self.cpu = time.monotonic() - began, cpu_seconds() - cpu


async def main():
    options = read_options()
    connector = aiohttp.TCPConnector(
        limit=0, ssl=ssl.create_default_context(cafile=options.ca), keepalive_timeout=600)
    timeout = aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(connector=connector, headers=HEADERS, timeout=timeout) as session:
        run = Run(options, session)
        await run.make(options.warmup)
        await run.make(options.requests)
    result = {
        "completed": run.completed,
        "failed": run.failed,
        "seconds": run.seconds,
        "cpu_us_per_completion": 1e6 * run.cpu / max(1, run.completed),
    }
    if options.stream:
        result["chunks"] = run.chunks
        result["cpu_us_per_chunk"] = 1e6 * run.cpu / max(1, run.chunks)
    print(json.dumps(result))
    if run.first_failure:
        print(f"the first failure: {run.first_failure!r}", file=sys.stderr)
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
