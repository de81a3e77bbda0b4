// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

// Completions by OpenAI's package for Node.js, which uses Node's own fetch: it keeps connections alive. NODE_EXTRA_CA_CERTS
// says whom to trust. Prints one JSON object with bench/load's names; ends with 1 if a completion failed.

import { parseArgs } from "node:util";
import OpenAI from "openai";

const { values } = parseArgs({
    options: {
        "base-url": { type: "string" },
        ca: { type: "string" },
        requests: { type: "string", default: "10000" },
        warmup: { type: "string", default: "0" },
        concurrency: { type: "string", default: "64" },
        stream: { type: "boolean", default: false },
    },
});

const client = new OpenAI({ apiKey: "key", baseURL: values["base-url"], maxRetries: 0, timeout: 120_000 });
const question = { model: "bench", messages: [{ role: "user", content: "x".repeat(100) }] };
let firstFailure = null;

async function complete(tally) {
    const reply = await client.chat.completions.create(question);
    tally.textLength += reply.choices[0].message.content.length;
}

async function stream(tally) {
    const events = await client.chat.completions.create({ ...question, stream: true });
    for await (const chunk of events) {
        tally.textLength += chunk.choices[0]?.delta?.content?.length ?? 0;
        ++tally.chunks;
    }
}

async function make(count) {
    const tally = { completed: 0, failed: 0, chunks: 0, textLength: 0 };
    const one = values.stream ? stream : complete;
    let begun = 0;
    const worker = async () => {
        while (begun++ < count) {
            try {
                await one(tally);
                ++tally.completed;
            } catch (error) {
                ++tally.failed;
                firstFailure ??= error;
            }
        }
    };
    const before = process.cpuUsage();
    const began = performance.now();
    await Promise.all(Array.from({ length: Number(values.concurrency) }, worker));
    tally.seconds = (performance.now() - began) / 1000;
    const used = process.cpuUsage(before);
    tally.cpu = used.user + used.system;
    return tally;
}

const warming = await make(Number(values.warmup));
const tally = await make(Number(values.requests));
const result = {
    completed: tally.completed,
    failed: warming.failed + tally.failed,
    seconds: tally.seconds,
    cpu_us_per_completion: tally.cpu / Math.max(1, tally.completed),
};
if (values.stream) {
    result.chunks = tally.chunks;
    result.cpu_us_per_chunk = tally.cpu / Math.max(1, tally.chunks);
}
console.log(JSON.stringify(result));
if (firstFailure) {
    console.error(`the first failure: ${firstFailure} ${firstFailure.cause ?? ""}`);
    process.exitCode = 1;
}
