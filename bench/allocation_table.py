#!/usr/bin/env python3
# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)
"""Prints what the second of two runs has allocated more than the first, by origin:
allocation_table.py --completions N [--chunks M] [--markdown] ONCE TWICE

ONCE and TWICE are what heaptrack 1.4 has written, unpacked.
"""

import argparse
from collections import Counter

from origins import asker, print_markdown, print_plain, short

# What has a smaller share of them all shares a row with the others.
SMALLEST = 0.001

# How many columns at the end are words.
TEXT = 3

# What hands out memory within a library: who calls it says more.
ALLOCATORS = (
    "boost::asio::aligned_new",
    "boost::asio::asio_handler_allocate",
    "boost::asio::detail::asio_handler_allocate",
    "boost::asio::detail::default_alloc",
    "boost::asio::detail::hook_allocator",
    "boost::asio::detail::recycling_allocator",
    "boost::asio::detail::thread_info_base",
    "boost_asio_handler_alloc",
)


class Trace:
    """A file that heaptrack has written: strings, functions, stacks, kinds of allocations, and each allocation in turn."""

    def __init__(self, file):
        self.strings = [""]
        self.frames = [[]]
        self.stacks = [(0, 0)]
        kinds = []
        counts = Counter()
        with open(file, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                what, _, rest = line.rstrip("\n").partition(" ")
                if what == "+":
                    counts[rest] += 1
                elif what == "a":
                    kinds.append(self.numbers(rest))
                elif what == "t":
                    self.stacks.append(tuple(self.numbers(rest)))
                elif what == "i":
                    self.frames.append(self.functions(self.numbers(rest)))
                elif what == "s":
                    self.strings.append(rest.partition(" ")[2])
                elif what == "v" and rest.split()[1] != "3":
                    raise SystemExit(f"{file}: heaptrack has another format than the one this knows: {rest}")
        self.counts = Counter()
        self.bytes = Counter()
        origins = {}
        for index, count in counts.items():
            size, stack = kinds[int(index, 16)]
            if stack not in origins:
                origins[stack] = self.origin(stack)
            self.counts[origins[stack]] += count
            self.bytes[origins[stack]] += count * size

    @staticmethod
    def numbers(text):
        return [int(each, 16) for each in text.split(" ")]

    def functions(self, numbers):
        """Of an address: (file, function) of what is there, then of what that was inlined into."""
        file = self.strings[numbers[1]].rsplit("/", 1)[-1]
        if len(numbers) < 3:
            return [(file, "")]
        # Debug information brings a source file and a line for each function.
        names = numbers[2::3] if len(numbers) > 3 else numbers[2:]
        return [(file, short(self.strings[name])) for name in names]

    def origin(self, stack):
        """Which library asks, in which of its functions, and for which function of async_llm that is."""
        asking = what = passed = ""
        while stack:
            address, stack = self.stacks[stack]
            for file, function in self.frames[address]:
                who = asker(file, function)
                passed = passed or function
                asking = asking or who
                if not what and who == asking and function.startswith("boost::"):
                    what = self.purpose(function)
                if who in ("async_llm", "bench/load"):
                    return asking, what, function
        return asking or "other", what, passed

    @staticmethod
    def purpose(function):
        """Of a function of Boost, the name and the class; nothing for those that just hand out memory."""
        if "awaitable_frame" in function:
            return "coroutine frame"
        if function.startswith(ALLOCATORS):
            return ""
        names = [each for each in function.split("::") if each not in ("boost", "asio", "detail", "impl", "ptr")]
        return "::".join(names[-2:])


def rows_of(once, twice, completions, chunks):
    """One for each origin, the most allocations first; what is rare together at the end, then the sum."""
    found = []
    for origin in once.counts.keys() | twice.counts.keys():
        count = (twice.counts[origin] - once.counts[origin]) / completions
        size = (twice.bytes[origin] - once.bytes[origin]) / completions
        found.append((count, size, *origin))
    count, size = sums(found)
    rare = [each for each in found if abs(each[0]) < SMALLEST * count]
    listed = sorted((each for each in found if abs(each[0]) >= SMALLEST * count), reverse=True)
    if rare:
        listed.append((*sums(rare), "others", f"less than {100 * SMALLEST:.1f} % each", ""))
    listed.append((count, size, "all", "", ""))
    return [row_of(each, chunks) for each in listed]


def sums(rows):
    return sum(row[0] for row in rows), sum(row[1] for row in rows)


def row_of(cells, chunks):
    count, size, *origin = cells
    per_chunk = [f"{count / chunks:.3f}"] if chunks else []
    return [f"{count:.2f}", *per_chunk, f"{size:.0f}", *origin]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--completions", type=int, required=True, help="that the second run has more")
    parser.add_argument("--chunks", type=int, default=0, help="of each completion; 0: it is no stream")
    parser.add_argument("once")
    parser.add_argument("twice")
    options = parser.parse_args()
    once, twice = Trace(options.once), Trace(options.twice)
    head = ["per completion", *(["per chunk"] if options.chunks else []), "bytes", "asked for by", "to", "for"]
    show = print_markdown if options.markdown else print_plain
    show([head, *rows_of(once, twice, options.completions, options.chunks)], TEXT)


if __name__ == "__main__":
    main()
