// What the page's modules owe, for a browser and for Node. Each check gives the number of cases, and the
// failures.

import { read } from "./answer.js";
import { Parser, isEventStream } from "./parser.js";
import { Source, retryAfter } from "./source.js";
import { Stream } from "./stream.js";

const toBytes = (latin1) => Uint8Array.from(latin1, (byte) => byte.charCodeAt(0));
const toLatin1 = (text) => String.fromCharCode(...new TextEncoder().encode(text));
const parse = (lines) => lines.trim().split("\n").map((line) => JSON.parse(line));

/** Lets other tasks run. A timer would be slow in a browser. */
const pause = () =>
  typeof setImmediate === "undefined" ? scheduler.postTask(() => {}) : new Promise((resolve) => setImmediate(resolve));

/** Lets everything happen that waits for nothing from outside. */
async function settle() {
  for (let turn = 0; turn < 3; turn += 1) await pause();
}

/** The vectors of `decoder.jsonl`: whole, byte by byte, and cut in two at every place. */
export function decoder(lines) {
  const failures = [];
  let cases = 0;
  for (const vector of parse(lines)) {
    const bytes = toBytes(vector.input_latin1);
    const events = vector.events.map((event) => [event.event, event.data, event.last_event_id]);
    // Larger ones are not exact here.
    const exact = (retry) => (retry > Number.MAX_SAFE_INTEGER ? "large" : (retry ?? null));
    const expected = JSON.stringify([events, vector.final_last_event_id, exact(vector.retry_ms)]);
    const cuts = [[bytes], [...bytes].map((byte) => Uint8Array.of(byte))];
    for (let at = 1; at < bytes.length && bytes.length < 2000; at += 1) {
      cuts.push([bytes.subarray(0, at), bytes.subarray(at)]);
    }
    for (const chunks of cuts) {
      cases += 1;
      const parser = new Parser(vector.initial_last_event_id);
      const text = new TextDecoder();
      const found = [];
      for (const chunk of chunks) {
        for (const event of parser.push(text.decode(chunk, { stream: true }))) {
          found.push([event.type, event.data, event.lastEventId]);
        }
      }
      const all = JSON.stringify([found, parser.lastEventId, exact(parser.retry)]);
      if (all !== expected) failures.push(`${vector.name}: ${all}`);
    }
  }
  return { cases, failures };
}

/** Whether each content type is that of a stream. */
export function contentTypes(values) {
  return values.map((value) => isEventStream({ status: 200, headers: new Headers({ "content-type": value }) }));
}

/** Requests that a check answers, and timers that it runs. A deaf one does not hear that it is aborted. */
class World {
  requests = [];
  timers = new Map();
  intervals = new Set();
  #next = 1;

  constructor(deaf = false) {
    this.deaf = deaf;
  }

  fetch = (url, { headers, signal }) =>
    new Promise((resolve, reject) => {
      this.requests.push({ url, headers: new Headers(headers), signal, resolve, reject });
      if (!this.deaf) signal.addEventListener("abort", () => reject(signal.reason));
    });
  setTimeout = (run, delay) => {
    this.timers.set(this.#next, { run, delay });
    return this.#next++;
  };
  clearTimeout = (timer) => this.timers.delete(timer);
  setInterval = () => {
    this.intervals.add(this.#next);
    return this.#next++;
  };
  clearInterval = (timer) => this.intervals.delete(timer);

  get request() {
    return this.requests.at(-1);
  }

  /** Answers the newest request. */
  respond(status, contentType, more = {}) {
    let body = null;
    const stream = new ReadableStream({ start: (controller) => { body = controller; } });
    const headers = contentType === "" ? more : { ...more, "content-type": contentType };
    const empty = [204, 205, 304].includes(status);
    const request = this.request;
    request.body = body;
    request.resolve(new Response(empty ? null : stream, { status, headers }));
  }

  send(bytes) {
    // Nobody may be there any more.
    try {
      this.request.body?.enqueue(bytes);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }

  end() {
    try {
      this.request.body?.close();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }

  fail(error) {
    this.request.reject(error);
    this.request.body?.error(error);
  }

  timeout() {
    for (const [timer, { run }] of this.timers) {
      this.timers.delete(timer);
      run();
    }
  }
}

const ERRORS = {
  aborted: () => new DOMException("aborted", "AbortError"),
  other: () => new TypeError("network"),
};

/** Plays a vector of `connection.jsonl`; gives what went wrong, or an empty string. */
async function play(vector, deaf, bytewise) {
  const world = new World(deaf);
  const source = new Source("http://127.0.0.1/", { lastEventId: vector.initial_last_event_id, world });
  const events = [];
  const after = [];
  let errors = 0;
  let expectedErrors = 0;
  let closeAfter = Infinity;
  let closed = false;
  const types = vector.steps.flatMap((step) => (step.events ?? []).map(({ event }) => event));
  for (const type of new Set(["message", "lost", ...types])) {
    source.addEventListener(type, ({ data, lastEventId }) => {
      events.push({ event: type, data, last_event_id: lastEventId });
      if (events.length >= closeAfter) source.close(), (closed = true);
    });
  }
  source.addEventListener("open", () => closed && after.push("open"));
  source.addEventListener("error", () => {
    errors += 1;
    if (closed) after.push("error");
  });
  const header = () => world.request.headers.get("last-event-id");
  if (header() !== vector.first_header_latin1) return `first header ${header()}`;
  let requests = 1;
  let last = "connect";
  for (const [number, step] of vector.steps.entries()) {
    const wrong = (what) => `step ${number}: ${what}`;
    events.length = 0;
    closeAfter = step.close_after ?? Infinity;
    if (step.response) world.respond(step.response.status, step.response.content_type);
    if (step.data_latin1 !== undefined) {
      const bytes = toBytes(step.data_latin1);
      const chunks = bytewise ? [...bytes].map((byte) => Uint8Array.of(byte)) : [bytes];
      for (const chunk of chunks) world.send(chunk);
    }
    if (step.end) world.end();
    if (step.error) world.fail(ERRORS[step.error]());
    if (step.timeout) world.timeout();
    if (step.close) source.close(), (closed = true);
    await settle();
    if (JSON.stringify(events) !== JSON.stringify(step.events ?? [])) return wrong(JSON.stringify(events));
    if (step.action === "connect") requests += 1;
    if (world.requests.length !== requests) return wrong(`${world.requests.length} requests`);
    if (step.action === "connect" && header() !== step.header_latin1) return wrong(`header ${header()}`);
    const delays = [...world.timers.values()].map(({ delay }) => delay);
    const expected = step.action === "wait" ? [step.delay_ms ?? 3000] : [];
    if (String(delays) !== String(expected)) return wrong(`delays ${delays}`);
    const state = { connect: 0, wait: 0, read: 1, stop: 2 }[step.action];
    if (source.readyState !== state) return wrong(`state ${source.readyState}`);
    if (state === 2 && last === "read" && !step.error && !world.request.signal.aborted) return wrong("not aborted");
    // An error is told once for each wait, and once where it fails.
    if (step.action === "wait" || (step.action === "stop" && last !== "stop" && !closed)) expectedErrors += 1;
    if (errors !== expectedErrors) return wrong(`${errors} errors`);
    if (after.length > 0) return wrong(`${after} after close`);
    last = step.action;
  }
  source.close();
  return "";
}

/** The vectors of `connection.jsonl`. */
export async function connection(lines) {
  const failures = [];
  let cases = 0;
  for (const vector of parse(lines)) {
    for (const [deaf, bytewise] of [[false, false], [true, false], [false, true]]) {
      cases += 1;
      const failure = await play(vector, deaf, bytewise);
      if (failure !== "") failures.push(`${vector.name} (deaf ${deaf}, bytewise ${bytewise}): ${failure}`);
    }
  }
  return { cases, failures };
}

/** A thousand reconnections leave no timer and no listener behind, of a source as of a stream. */
export async function leaks() {
  const failures = [];
  const made = [
    (world) => new Source("http://127.0.0.1/", { world }),
    (world) => {
      const stream = new Stream("http://127.0.0.1/", { types: [], onevent() {}, onstate() {}, world });
      stream.start();
      return { close: () => stream.stop() };
    },
  ];
  const add = EventTarget.prototype.addEventListener;
  let listeners = 0;
  for (const [kind, make] of made.entries()) {
    const world = new World(true);
    const source = make(world);
    EventTarget.prototype.addEventListener = function (...details) {
      if (this instanceof AbortSignal || this === globalThis) listeners += 1;
      return add.apply(this, details);
    };
    for (let round = 0; round < 1000; round += 1) {
      // Every third one is refused, which ends a source; a stream comes back.
      if (kind === 1 && round % 3 === 0) {
        world.respond(500, "");
      } else {
        world.respond(200, "text/event-stream");
        world.send(toBytes(`id: ${round}\ndata: x\n\nretry: 99999999999\n`));
        await pause();
        world.end();
      }
      await settle();
      if (world.timers.size !== 1) failures.push(`${kind}, round ${round}: ${world.timers.size} timers`);
      const [{ delay }] = world.timers.values();
      if (delay >= 2 ** 31) failures.push(`round ${round}: no timer is as long as ${delay}`);
      world.timeout();
      if (world.requests.length !== round + 2) failures.push(`${kind}, round ${round}: no request`);
      if (failures.length > 0) break;
    }
    source.close();
    EventTarget.prototype.addEventListener = add;
    if (world.timers.size + world.intervals.size > 0) failures.push(`${kind}: timers are left`);
    if (!world.request.signal.aborted) failures.push(`${kind}: a request is left`);
  }
  if (listeners > 0) failures.push(`${listeners} listeners`);
  return { cases: 2000, failures };
}

const TEXT = "You said: 🦊 naïve\n  two  lines, and some more words to cut ";

/** The stream of an answer, whose ids are the numbers of its events. */
function answerFrames(mark) {
  const frame = (id, type, data) => toBytes(toLatin1(`${id === 1 ? mark : ""}event: ${type}\r\nid: ${id}\r\ndata: ${JSON.stringify(data)}\r\n\r\n`));
  const tokens = TEXT.match(/\S+\s*|\s+/gu).map((text, at) => frame(at + 2, "token", { text }));
  return [frame(1, "start", { resume: "/tokens/1" }), ...tokens, frame(tokens.length + 2, "done", {})];
}

/** An answer to a POST that is cut at every byte, cleanly or by an error, gives the same text. */
export async function answers() {
  const failures = [];
  let cases = 0;
  for (const mark of ["", "\uFEFF"]) {
    const frames = answerFrames(mark);
    const whole = frames.flatMap((frame) => [...frame]);
    for (let cut = 0; cut <= whole.length; cut += 1) {
      for (const clean of [true, false]) {
        cases += 1;
        const world = new World();
        let text = "";
        let ended = null;
        // Each connection is cut so many bytes behind its beginning, and of a later one an event comes before.
        const answer = (bytes, at) => {
          const stream = new ReadableStream({
            start(controller) {
              controller.enqueue(Uint8Array.from(bytes.slice(0, at)));
              if (clean) controller.close();
            },
            pull(controller) {
              if (!clean) controller.error(new TypeError("cut"));
            },
          });
          return new Response(stream, { headers: { "content-type": "text/event-stream" } });
        };
        world.fetch = async (url, { headers }) => {
          if (url !== "/tokens/1") failures.push(`asked for ${url}`);
          const after = Number(headers["last-event-id"]);
          const rest = frames.slice(after).flatMap((frame) => [...frame]);
          return answer(rest, Math.max(cut, 70));
        };
        const ask = async () => answer(whole, whole.length);
        const show = (token) => { text += token; };
        const end = (complete) => { ended = complete; };
        read(answer(whole, cut), { ask, show, end, world });
        for (let turn = 0; turn < 40 && ended === null; turn += 1) {
          await pause();
          world.timeout();
        }
        await settle();
        if (ended !== true || text !== TEXT) failures.push(`${cut}, clean ${clean}: ${ended} ${JSON.stringify(text)}`);
        if (world.timers.size > 0) failures.push(`${cut}: timers are left`);
      }
    }
  }
  // One that cannot be fetched is given up.
  for (const [status, requests] of [[0, 4], [404, 1]]) {
    cases += 1;
    const world = new World();
    let ended = null;
    const stream = new Response(toLatin1(`event: start\ndata: {"resume":"/"}\n\n`), { headers: { "content-type": "text/event-stream" } });
    read(stream, { ask() {}, show() {}, end: (complete) => { ended = complete; }, world });
    for (let turn = 0; turn < 20 && ended === null; turn += 1) {
      await settle();
      world.timeout();
      if (world.requests.length > 0) status === 0 ? world.fail(ERRORS.other()) : world.respond(status, "");
    }
    await settle();
    if (ended !== false || world.requests.length !== requests) failures.push(`${status}: ${ended}, ${world.requests.length} requests`);
    if (world.timers.size > 0) failures.push(`${status}: timers are left`);
  }
  return { cases, failures };
}

/** A connection without a byte for too long is given up; comments keep it, and so does a short while. */
export async function silence() {
  const failures = [];
  const now = Date.now;
  let offset = 0;
  Date.now = () => now() + offset;
  const look = [];
  const world = new World(true);
  world.setInterval = (run) => look.push(run);
  const states = [];
  const onstate = (state) => states.push(state);
  const stream = new Stream("http://127.0.0.1/", { types: ["begin"], onevent() {}, onstate, world });
  const requests = async (what, expected) => {
    await settle();
    if (world.requests.length !== expected) failures.push(`${what}: ${world.requests.length} requests`);
  };
  try {
    stream.start();
    world.respond(200, "text/event-stream");
    await settle();
    world.send(toBytes("retry: 7\nid: 1\n\n"));
    await settle();
    for (let seconds = 0; seconds < 200; seconds += 20) {
      offset += 20000;
      world.send(toBytes(":\n\n"));
      await settle();
      look[0]();
      stream.wake();
    }
    await requests("comments", 1);
    offset += 40000;
    look[0]();
    await requests("a short while", 1);
    offset += 6000;
    look[0]();
    await requests("silence", 2);
    if (!world.requests[0].signal.aborted) failures.push("the silent connection is not aborted");
    if (world.request.headers.get("last-event-id") !== "1") failures.push("it does not resume");
    world.respond(200, "text/event-stream");
    await settle();
    world.end();
    await settle();
    const [{ delay }] = world.timers.values();
    if (delay !== 7) failures.push(`the reconnection time is ${delay}`);
    stream.wake();
    await requests("woken while it waits", 3);
    if (world.timers.size > 0) failures.push("it waits on");
    world.respond(500, "");
    await settle();
    offset += 3600000;
    look[0]();
    await requests("after sleep", 4);
    if (world.timers.size > 0) failures.push("it waits on");
    // What the server says of its comments counts, but for what no clock here can see.
    let count = 4;
    for (const [seconds, limit] of [[60, 180], [0.1, 10]]) {
      world.respond(200, "text/event-stream");
      await settle();
      world.send(toBytes(`event: begin\ndata: {"keep_alive":${seconds}}\n\n`));
      await settle();
      offset += (limit - 1) * 1000;
      stream.wake();
      await requests(`${seconds} s, a short while`, count);
      offset += 2000;
      stream.wake();
      await requests(`${seconds} s, silence`, (count += 1));
    }
    stream.stop();
    stream.wake();
    await requests("stopped", count);
    const expected = ["connecting", "open", "reconnecting", "open", "reconnecting", "reconnecting", "refused", "reconnecting", "open", "reconnecting", "open", "reconnecting", "stopped"];
    if (String(states) !== String(expected)) failures.push(String(states));
  } finally {
    Date.now = now;
  }
  return { cases: 12, failures };
}

/** A refusal is asked again after the usual time, or after the longer one that it asks for. */
export async function refusals() {
  const failures = [];
  const asked = (value) => retryAfter(new Response("", { headers: value === "" ? {} : { "retry-after": value } }));
  for (const [value, least, most] of [
    ["", 0, 0],
    ["7", 7000, 7000],
    ["-7", 0, 0],
    ["soon", 0, 0],
    [new Date(Date.now() + 90000).toUTCString(), 85000, 90000],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 0, 0],
  ]) {
    const delay = asked(value);
    if (!(delay >= least && delay <= most)) failures.push(`${value}: ${delay}`);
  }
  const world = new World(true);
  const stream = new Stream("http://127.0.0.1/", { types: ["begin"], onevent() {}, onstate() {}, world });
  stream.start();
  for (const [value, expected] of [["2", 5000], ["30", 30000], ["9".repeat(30), 3600000]]) {
    world.respond(503, "application/json", { "retry-after": value });
    await settle();
    const delays = [...world.timers.values()].map(({ delay }) => delay);
    if (String(delays) !== String(expected)) failures.push(`after ${value}: ${delays}`);
    world.timeout();
  }
  stream.stop();
  return { cases: 9, failures };
}
