import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, describe, expect, test } from "vitest";

import { Problem } from "../src/api/problem";
import { events, type Reading, type ServerEvent } from "../src/api/sse";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** A server that answers the first request with the first answer, and so on; the last for all that follow. */
async function server(...answers: Answer[]): Promise<{ url: string; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const made = createServer((request, response) => {
    const answer = answers[Math.min(asked.push(request), answers.length) - 1];
    answer?.(request, response);
  });
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    made.closeAllConnections();
    made.close();
  });
  return { url: `http://127.0.0.1:${(made.address() as AddressInfo).port}`, asked };
}

function streaming(body: string, after: "end" | "break" | "open" = "end", headers = {}): Answer {
  return (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", ...headers });
    response.write(body, () => {
      if (after === "end") response.end();
      if (after === "break") response.destroy();
    });
  };
}

function refusing(status: number, headers = {}): Answer {
  return (_, response) => {
    response.writeHead(status, { "content-type": "application/problem+json", ...headers });
    response.end(JSON.stringify({ title: "No", detail: "Not this", hint: "Try that" }));
  };
}

async function read(url: string, reading: Reading = {}): Promise<string[]> {
  const found: string[] = [];
  const isLast = ({ event }: ServerEvent): boolean => event === "done";
  for await (const { data } of events(url, { isLast, pause: 1, ...reading })) found.push(data);
  return found;
}

async function readWhole(url: string): Promise<ServerEvent[]> {
  const found: ServerEvent[] = [];
  for await (const event of events(url, { pause: 1, isLast: ({ event }) => event === "done" }))
    found.push(event);
  return found;
}

const done = "id: 9\nevent: done\ndata: done\n\n";

describe("the reader", () => {
  test("gives names, ids, many lines of data and every kind of line end, wherever the stream is cut", async () => {
    const stream =
      '\uFEFF: hello\r\n\r\nid: 1\r\nevent: brood\r\ndata: {"n": 8}\r\n\r\n' +
      "id:2\rdata: one\rdata\rdata:  two\r\r" +
      `retry: 20\nevent: token\ndata: Ägypten 🌱\n\n: ping\n\nevent: nothing\n\n${done}`;
    const whole = [
      { id: "1", event: "brood", data: '{"n": 8}' },
      { id: "2", event: "message", data: "one\n\n two" },
      { id: "2", event: "token", data: "Ägypten 🌱" },
      { id: "9", event: "done", data: "done" },
    ];
    const bytes = Buffer.from(stream);
    for (const size of [bytes.length, 7, 1]) {
      const { url } = await server((_, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        for (let at = 0; at < bytes.length; at += size) response.write(bytes.subarray(at, at + size));
        response.end();
      });
      expect(await readWhole(url), `cut into ${size}`).toEqual(whole);
    }
  });

  test("waits as long as the server asks, and keeps the last id over events without one", async () => {
    const { url, asked } = await server(
      streaming("id: 4\ndata: a\n\nretry: 1\ndata: b\n\n"),
      streaming(done),
    );
    expect(await read(url, { pause: 60_000 })).toEqual(["a", "b", "done"]);
    expect(asked.map((request) => request.headers["last-event-id"])).toEqual([undefined, "4"]);
  });

  test("goes on after a lost connection, from the last event it had", async () => {
    const { url, asked } = await server(
      streaming("id: 1\ndata: a\n\ndata: hal", "break"),
      refusing(503),
      streaming(done),
    );
    const states: string[] = [];
    expect(await read(url, { onstate: (state) => states.push(state) })).toEqual(["a", "done"]);
    expect(asked.map((request) => request.headers["last-event-id"])).toEqual([undefined, "1", "1"]);
    expect(states).toEqual(["open", "waiting", "waiting", "open"]);
  });

  test("goes on when a stream ends before its last event", async () => {
    const { url, asked } = await server(streaming("data: a\n\n"), streaming(done));
    expect(await read(url)).toEqual(["a", "done"]);
    expect(asked).toHaveLength(2);
  });

  test("counts a silent connection as lost", async () => {
    const { url } = await server(streaming("data: a\n\n", "open"), streaming(done));
    expect(await read(url, { silence: 60 })).toEqual(["a", "done"]);
  });

  test("posts once, and goes on where the answer says", async () => {
    const at = { "content-location": "" };
    const { url, asked } = await server((request, response) => {
      at["content-location"] = `http://${request.headers.host}/broods/4`;
      streaming("id: 1\ndata: a\n\n", "break", at)(request, response);
    }, streaming(done));
    expect(await read(`${url}/broods`, { method: "POST", body: { n: 8 } })).toEqual(["a", "done"]);
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual(["POST /broods", "GET /broods/4"]);
    expect(asked[0]?.headers["content-type"]).toBe("application/json");
  });

  test("never posts again", async () => {
    const { url, asked } = await server(refusing(503));
    await expect(read(url, { method: "POST" })).rejects.toBeInstanceOf(Problem);
    expect(asked).toHaveLength(1);
  });

  test("gives up when the server refuses, with its words", async () => {
    const { url, asked } = await server(streaming("data: a\n\n"), refusing(404));
    const refused = read(url);
    await expect(refused).rejects.toMatchObject({
      title: "No",
      detail: "Not this",
      hint: "Try that",
      status: 404,
    });
    expect(asked).toHaveLength(2);
  });

  test("waits and asks again when the server is busy", async () => {
    const { url } = await server(refusing(429), streaming(done));
    expect(await read(url)).toEqual(["done"]);
  });

  test("ends when there is no more, and when it is called off", async () => {
    const { url } = await server((_, response) => response.writeHead(204).end());
    expect(await read(url)).toEqual([]);
    const open = await server(streaming("data: a\n\n", "open"));
    const off = new AbortController();
    const found: string[] = [];
    for await (const { data } of events(open.url, { signal: off.signal })) {
      found.push(data);
      off.abort();
    }
    expect(found).toEqual(["a"]);
  });
});
