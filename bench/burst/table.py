#!/usr/bin/env python3
# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)
"""Prints the results of bench/burst/run as a table of Markdown: table.py RESULTS"""

import json
import statistics
import sys
from collections import defaultdict

COLUMNS = [
    ("seconds", lambda run: run["said"]["seconds"], "{:.2f}"),
    ("times go", None, "{:.2f}"),
    ("p50, s", lambda run: run["said"]["latency_ms"]["p50"] / 1000, "{:.2f}"),
    ("p99, s", lambda run: run["said"]["latency_ms"]["p99"] / 1000, "{:.2f}"),
    ("connections", lambda run: run["connections"], "{:.0f}"),
    ("CPU, s", lambda run: run["used"]["user_seconds"] + run["used"]["system_seconds"], "{:.2f}"),
    ("peak, MiB", lambda run: run["used"]["peak_rss_bytes"] / 1048576, "{:.1f}"),
]


def main():
    runs = defaultdict(list)
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            run = json.loads(line)
            runs[run["calls"], run["client"]].append(run)

    def median(calls, client, number):
        of = runs.get((calls, client))
        return statistics.median(map(number, of)) if of else None

    print("| calls | client |" + "".join(f" {name} |" for name, _, _ in COLUMNS))
    print("|---:|---|" + "---:|" * len(COLUMNS))
    for calls, client in sorted(runs, key=lambda key: key[0]):
        cells = []
        for name, number, form in COLUMNS:
            if number:
                value = median(calls, client, number)
            else:
                base = median(calls, "go", COLUMNS[0][1])
                value = median(calls, client, COLUMNS[0][1]) / base if base else None
            cells.append("-" if value is None else form.format(value))
        print(f"| {calls:,} | {client} | " + " | ".join(cells) + " |")


main()
