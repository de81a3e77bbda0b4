#!/usr/bin/env python3
# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)
"""Prints the results of bench/compare/run as tables: table.py [--markdown] RESULTS ABOUT"""

import argparse
import json
import statistics
from collections import defaultdict

CLIENTS = ["wrk", "h2load", "async_llm", "async_llm-h2", "libcurl", "go", "aiohttp", "openai-node"]

COST_LEGEND = [
    "CPU in microseconds, user and system, of the whole process from its start to its end; in brackets, times wrk's.",
    "wrk and h2load read bodies and no more, and check no certificate; libcurl parses no JSON; the others decode all.",
    "h2load and async_llm-h2 speak HTTP/2, on one connection.",
]
SCALE_LEGEND = [
    "CPU in microseconds for each small completion once every connection is there; in brackets, times that at 64.",
    "Memory: the peak of the whole process, divided by the number of calls in flight.",
]
PACED_LEGEND = [
    "CPU in microseconds for each chunk once every connection is there; an event comes in a write of its own.",
    "Memory: the peak of the whole process, divided by the number of streams. Seconds: from the first to the last event.",
]


class Results:
    def __init__(self, file):
        self.cells = defaultdict(list)
        self.order = defaultdict(list)
        with open(file, encoding="utf-8") as lines:
            for line in lines:
                run = json.loads(line)
                self.cells[run["part"], run["what"], run["client"]].append(run)
                if run["what"] not in self.order[run["part"]]:
                    self.order[run["part"]].append(run["what"])

    def median(self, part, what, client, number):
        """The median over the rounds of what `number` makes of a run; None: it was not run."""
        runs = self.cells.get((part, what, client))
        return statistics.median(map(number, runs)) if runs else None

    def clients(self, part):
        return [each for each in CLIENTS if any((part, what, each) in self.cells for what in self.order[part])]

    def widest_spread(self, part, number):
        """The rounds that differ most: (largest over smallest, client, what)."""
        spreads = [(1.0, "", "")]
        for (of, what, client), runs in self.cells.items():
            if of == part:
                numbers = [number(run) for run in runs]
                spreads.append((max(numbers) / max(min(numbers), 1e-9), client, what))
        return max(spreads)


def cpu_from_outside(run):
    cpu = 1e6 * (run["used"]["user_seconds"] + run["used"]["system_seconds"])
    return cpu / run.get("chunks", run["said"]["completed"])


def cpu_once_warm(run):
    name = "cpu_us_per_chunk" if "chunks" in run else "cpu_us_per_completion"
    return run["said"][name]


def peak_mib(run):
    return run["used"]["peak_rss_bytes"] / 1048576


def kib_per_call(run):
    return run["used"]["peak_rss_bytes"] / 1024 / run["concurrency"]


def seconds(run):
    return run["said"]["seconds"]


def show(value, base=None):
    if value is None:
        return "-"
    text = f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"
    return f"{text} ({value / base:.2f})" if base else text


def cost_table(results):
    kinds = {"small": "small completion", "large": "32 KiB completion", "stream": "streamed chunk"}
    rows = [["64 in flight", *kinds.values(), "peak MiB, small", "peak MiB, 32 KiB", "peak MiB, streams"]]
    for client in results.clients("cost"):
        row = [client]
        for number in (cpu_from_outside, peak_mib):
            for kind in kinds:
                base = results.median("cost", kind, "wrk", number)
                row.append(show(results.median("cost", kind, client, number), base))
        rows.append(row)
    return rows


def scale_table(results):
    crowds = results.order["scale"]
    rows = [["calls in flight"]]
    for crowd in crowds:
        rows[0] += [f"{int(crowd):,}: CPU", f"{int(crowd):,}: KiB per call"]
    for client in results.clients("scale"):
        row = [client]
        base = results.median("scale", "64", client, cpu_once_warm)
        for crowd in crowds:
            row.append(show(results.median("scale", crowd, client, cpu_once_warm), base))
            row.append(show(results.median("scale", crowd, client, kib_per_call)))
        rows.append(row)
    return rows


def paced_table(results):
    rows = [["simultaneous streams"]]
    for what in results.order["paced"]:
        rows[0] += [f"{what}: CPU", "KiB per stream", "seconds"]
    for client in results.clients("paced"):
        row = [client]
        for what in results.order["paced"]:
            row += [show(results.median("paced", what, client, number))
                    for number in (cpu_once_warm, kib_per_call, seconds)]
        rows.append(row)
    return rows


def print_plain(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        first = row[0].ljust(widths[0])
        print("  ".join([first, *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]))


def print_markdown(rows):
    for i, row in enumerate(rows):
        print("| " + " | ".join(row) + " |")
        if i == 0:
            print("|---|" + "---:|" * (len(row) - 1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("results")
    parser.add_argument("about")
    options = parser.parse_args()
    results = Results(options.results)
    parts = [
        ("cost", cost_table, COST_LEGEND, cpu_from_outside),
        ("scale", scale_table, SCALE_LEGEND, cpu_once_warm),
        ("paced", paced_table, PACED_LEGEND, cpu_once_warm),
    ]
    for part, table, legend, cpu in parts:
        if not results.order[part]:
            continue
        (print_markdown if options.markdown else print_plain)(table(results))
        print()
        spread, client, what = results.widest_spread(part, cpu)
        if client and spread > 1:
            legend = [*legend, f"Rounds differ by {100 * (spread - 1):.0f}% of CPU at most ({client}, {what})."]
        print("\n".join(legend) + "\n")
    with open(options.about, encoding="utf-8") as lines:
        for line in lines:
            # Two spaces at the end of a line keep Markdown from joining it with the next.
            print(line.rstrip() + ("  " if options.markdown else ""))


if __name__ == "__main__":
    main()
