#!/usr/bin/env python3
# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)
"""Prints the results of bench/contention as tables: contention_table.py [--markdown] --threads N ROWS STACKS

ROWS has a line for each number, STACKS is what strace -k says of every wait for a lock; either may be empty.
"""

import argparse
import re
from collections import Counter

from origins import asker, print_markdown, print_plain, short

# A thread waits for a mutex of glibc.
WAIT = "FUTEX_WAIT_PRIVATE, 2,"
CALL = re.compile(r"(\d+) +(futex\(|<\.\.\. futex resumed)")
FRAME = re.compile(r" > ([^(]*)\((.*)\+0x[0-9a-f]+\) \[")
# glibc's heap has a mutex, too.
HEAP = re.compile(r"alloc|free|morecore|memalign")
# Fewer than this share a row.
SMALLEST = 0.03


def stacks_of(file):
    """The stack of each wait: (file, function), the innermost first. It follows the end of the call."""
    current = None
    unfinished = {}
    with open(file, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            call = CALL.match(line)
            if not call:
                frame = FRAME.match(line)
                if frame and current is not None:
                    current.append((frame[1].rsplit("/", 1)[-1], short(frame[2])))
                continue
            if current:
                yield current
            waits = WAIT in line if call[2] == "futex(" else unfinished.pop(call[1], False)
            current = [] if waits else None
            if "<unfinished" in line:
                unfinished[call[1]] = waits
                current = None
    if current:
        yield current


def place_of(stack):
    """Whose lock it is, and where it is taken."""
    for file, function in stack:
        if file.startswith("libc."):
            if HEAP.search(function):
                return "glibc's heap", "malloc and free"
            continue
        who = asker(file, function)
        if who:
            return who, function
    return "other", ""


def waits_table(file):
    counts = Counter(map(place_of, stacks_of(file)))
    total = sum(counts.values())
    rows = [["waits", "whose lock", "taken in"]]
    rare = 0
    for place, count in counts.most_common():
        if count < SMALLEST * total:
            rare += count
        else:
            rows.append([f"{100 * count / total:.0f} %", *place])
    if rare:
        rows.append([f"{100 * rare / total:.0f} %", "others", f"less than {100 * SMALLEST:.0f} % each"])
    return rows if total else []


def numbers_table(file, threads):
    rows = [["per completion", "1 thread", f"{threads} threads"]]
    with open(file, encoding="utf-8") as lines:
        rows += [line.rstrip("\n").split("|") for line in lines]
    return [[number, several, name] for name, number, several in rows] if len(rows) > 1 else []


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--threads", required=True)
    parser.add_argument("rows")
    parser.add_argument("stacks")
    options = parser.parse_args()
    show = print_markdown if options.markdown else print_plain
    for rows, text in ((numbers_table(options.rows, options.threads), 1), (waits_table(options.stacks), 2)):
        if rows:
            show(rows, text)
            print()


if __name__ == "__main__":
    main()
