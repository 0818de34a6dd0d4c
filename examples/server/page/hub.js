// The streams of all tabs: each is there once, however many tabs show it.

import { Stream } from "./stream.js";

/** How many events a tab that comes later is sent, or one that comes back. */
const KEPT = 1000;

const native = new URLSearchParams(location.search).has("eventsource") && typeof EventSource !== "undefined";

/** A stream, its newest events, and the tabs that show it. */
class Shared {
  #ports = new Set();
  #events = [];
  /** The id behind which those come. */
  #before = "";
  #begin = null;
  #state = [];
  #stream;

  constructor(path, types, lastEventId) {
    const onevent = (event) => this.#onevent(event);
    const onstate = (...state) => {
      this.#state = state;
      this.#tell(this.#ports, { state });
    };
    this.#stream = new Stream(path, { types, onevent, onstate, lastEventId, native });
  }

  #onevent(event) {
    if (event.type !== "begin") {
      this.#events.push(event);
      if (this.#events.length > KEPT) this.#before = this.#events.shift().lastEventId;
    } else {
      this.#begin = event;
      if (this.#events.length === 0) this.#before = event.lastEventId;
    }
    this.#tell(this.#ports, { event });
  }

  #tell(ports, message) {
    for (const port of ports) port.postMessage(message);
  }

  /** Sends a tab what it has not seen, and from here on all that comes. */
  join(port, lastEventId) {
    const seen = this.#events.findLastIndex((event) => event.lastEventId === lastEventId);
    const unknown = seen < 0 && !["", this.#before].includes(lastEventId) && this.#events.length > 0;
    const missed = this.#events.slice(seen + 1);
    if (unknown) missed.unshift({ type: "gap", data: "{}", lastEventId });
    if (this.#begin) missed.unshift({ ...this.#begin, lastEventId });
    for (const event of missed) port.postMessage({ event });
    this.#ports.add(port);
    if (this.#stream.running) this.#tell([port], { state: this.#state });
    else this.#stream.start();
  }

  leave(port) {
    this.#ports.delete(port);
    if (this.#ports.size === 0) this.#stream.stop();
  }

  wake() {
    this.#stream.wake();
  }
}

const streams = new Map();

/**
 * Serves a tab. Its first message says which stream it shows: the `path`, the event `types`, and the
 * `lastEventId` that it has. Then it may say "wake", and "leave".
 */
export function serve(port) {
  let shared;
  port.onmessage = ({ data }) => {
    if (data === "wake") return shared.wake();
    if (data === "leave") return shared.leave(port);
    const { path, types, lastEventId } = data;
    if (!streams.has(path)) streams.set(path, new Shared(path, types, lastEventId));
    shared = streams.get(path);
    shared.join(port, lastEventId);
  };
  // A tab that crashed.
  port.addEventListener("close", () => shared?.leave(port));
}

addEventListener("online", () => streams.forEach((shared) => shared.wake()));
