# Copyright (c) 2026 The async_llm authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)
"""A provider on loopback that answers `content` with the same, and notes when it was asked for what."""

import asyncio
import json
import threading
import time


class Connection(asyncio.Protocol):
    def __init__(self, server):
        self.server = server
        self.received = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            head = self.received[:end].lower()
            at = head.index(b"content-length:") + 15
            length = int(head[at:head.find(b"\r\n", at) if b"\r\n" in head[at:] else None])
            if len(self.received) < end + 4 + length:
                return
            body = self.received[end + 4:end + 4 + length]
            self.received = self.received[end + 4 + length:]
            asyncio.get_running_loop().call_later(self.server.latency, self.answer, self.server.note(body))

    def answer(self, content):
        if self.transport.is_closing():
            return
        message = {"role": "assistant", "content": content}
        usage = {"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 10, "cost": 0.001}
        reply = json.dumps({"id": "x", "object": "chat.completion", "created": 1, "model": "m", "usage": usage,
                            "choices": [{"index": 0, "finish_reason": "stop", "message": message}]}).encode()
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                             % (len(reply), reply))


class CompletionServer:
    """Started by `with`, in a thread of its own."""

    def __init__(self, latency=0.02):
        self.latency = latency
        self.asked = []

    def note(self, body):
        content = json.loads(body)["messages"][0]["content"]
        self.asked.append((time.monotonic(), content))
        return content

    def __enter__(self):
        self.loop = asyncio.new_event_loop()
        started = self.loop.run_until_complete(self.loop.create_server(lambda: Connection(self), "127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{started.sockets[0].getsockname()[1]}/v1"
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def most_within(self, seconds):
        """The most requests that came within such a time."""
        times = sorted(at for at, _ in self.asked)
        first = most = 0
        for last, at in enumerate(times):
            while at - times[first] > seconds:
                first += 1
            most = max(most, last - first + 1)
        return most
