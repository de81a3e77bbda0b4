# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)
"""Whose a function is, what it is called in short, and tables of that."""

import re

# What is not among them (operator new, std::vector) does what somebody else wants.
BY_NAME = [
    ("async_llm::", "async_llm"),
    ("boost::asio::", "Asio"),
    ("boost::beast::", "Beast"),
    ("boost::json::", "JSON"),
    ("load::", "bench/load"),
    ("boost::", "Boost"),
]
BY_FILE = [("libssl.", "OpenSSL"), ("libcrypto.", "OpenSSL"), ("libboost_json.", "JSON")]


def without(text, opening, closing):
    """Less what is between brackets, the brackets included."""
    result = []
    depth = 0
    for character in text:
        if character == opening:
            depth += 1
        elif character == closing and depth:
            depth -= 1
        elif depth == 0:
            result.append(character)
    return "".join(result)


def short(function):
    """The name of a function less its parameters, its template's arguments and what it returns."""
    if "awaitable_frame_tag" in function:
        return "boost::asio::detail::awaitable_frame_base"
    name = re.sub(r" \[clone [^]]*\]", "", function)
    name = name.replace("(anonymous namespace)::", "").replace("operator()", "operator{}")
    name = re.sub(r"operator(->\*?|<=>|<<=?|>>=?|<=?|>=?)", "operator{}", name)
    name = re.sub(r"\{lambda\(.*?\)#\d+\}", "{lambda}", name)
    name = without(without(name, "<", ">"), "(", ")")
    if "operator new" in name:
        return "operator new"
    name = re.sub(r"( const| &&?| volatile)+$", "", name)
    return name.split(" ")[-1].removesuffix("::operator{}")


def asker(file, function):
    """Of a function with a short name, the library; nothing for what is none of those listed."""
    found = next((who for start, who in BY_NAME if function.startswith(start)), "")
    return found or next((who for start, who in BY_FILE if file.startswith(start)), "")


def print_plain(rows, text):
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = [cell.rjust(width) if i < len(row) - text else cell.ljust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())


def print_markdown(rows, text):
    for i, row in enumerate(rows):
        print("| " + " | ".join(f"`{cell}`" if "::" in cell else cell for cell in row) + " |")
        if i == 0:
            print("|" + "---:|" * (len(row) - text) + "---|" * text)
