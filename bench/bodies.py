#!/usr/bin/env python3
# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)
"""Writes the replies that the server gives: bodies.py FOLDER

small.json   a completion of about 450 bytes
large.json   the same with 32 KiB of text
stream.sse   512 events of 300 bytes, [DONE] after them
"""

import json
import pathlib
import sys

MODEL = "gpt-4o-mini-2024-07-18"
CREATED = 1750000000
CONTENT_BYTES = 32 * 1024
EVENTS = 512
EVENT_BYTES = 300

# What a model writes: paragraphs and lists, quotes that JSON escapes, and now and then a character beyond ASCII.
PARAGRAPHS = [
    "A connection pool keeps sockets open between calls, so that the handshake is paid once and not each time.\n\n",
    "- **Reuse** saves two round trips and the work of a key exchange.\n- **Limits** keep a burst from opening more "
    "sockets than the peer allows.\n",
    'The header says "Connection: keep-alive", and in HTTP/1.1 that is the default.\n\n',
    "Some servers close idle connections after a few seconds – a client should close them earlier, or be prepared to "
    "send the request again.\n\n",
    "```python\nfor reply in replies:\n    print(reply.text)\n```\n\nThat is all there is to it.\n\n",
]


def long_text():
    """Text of 32 KiB in UTF-8."""
    text = ""
    size = 0
    while size < CONTENT_BYTES:
        for paragraph in PARAGRAPHS:
            text += paragraph
            size += len(paragraph.encode())
    # A cut within a character loses that character; dots take its place.
    text = text.encode()[:CONTENT_BYTES].decode(errors="ignore")
    return text + "." * (CONTENT_BYTES - len(text.encode()))


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def completion(text, tokens):
    return compact({
        "id": "chatcmpl-CdZ8vYqJm3sT1nRk4LpWx7AbEfGhU",
        "object": "chat.completion",
        "created": CREATED,
        "model": MODEL,
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": text, "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
        }],
        "usage": {"prompt_tokens": 27, "completion_tokens": tokens, "total_tokens": 27 + tokens},
        "system_fingerprint": "fp_560af6e559",
    })


def event(delta, finish_reason):
    """A chunk as a provider sends it that hides the length of what it says behind padding."""
    chunk = {
        "id": "chatcmpl-CdZ8vYqJm3sT1nRk4LpWx7AbEfGhU",
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": MODEL,
        "system_fingerprint": "fp_560af6e559",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}],
        "obfuscation": "",
    }
    missing = EVENT_BYTES - len(f"data: {compact(chunk)}\n\n".encode())
    chunk["obfuscation"] = ("Qm7xTz4LpWn" * 20)[:max(0, missing)]
    return f"data: {compact(chunk)}\n\n"


def stream():
    words = [" " + word for word in "".join(PARAGRAPHS).split(" ")]
    events = [event({"role": "assistant", "content": "", "refusal": None}, None)]
    events += [event({"content": words[i % len(words)]}, None) for i in range(EVENTS - 2)]
    events.append(event({}, "stop"))
    return "".join(events) + "data: [DONE]\n\n"


def main():
    folder = pathlib.Path(sys.argv[1])
    # It goes into nginx's configuration between single quotes: nothing in it may mean something there.
    small = completion("Certainly. Reuse the connection, and the handshake is paid for only once, not with each call.", 20)
    assert not set(small) & set("'\\$"), small
    (folder / "small.json").write_text(small)
    (folder / "large.json").write_text(completion(long_text(), 7400))
    (folder / "stream.sse").write_text(stream())


if __name__ == "__main__":
    main()
