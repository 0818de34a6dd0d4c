// An EventSource over fetch: the standard's, and it shows what that one hides.

import { Parser, isEventStream } from "./parser.js";

/** The reconnection time in milliseconds, until the server sets one. */
const RETRY = 3000;

/** The longest delay that a timer can have. */
const LONGEST = 2 ** 31 - 1;

/** Whether an HTTP header can carry an id. */
const isTransportable = (id) => !/[\0-\x08\n-\x1f\x7f]/.test(id);

/** A text as the bytes of its UTF-8, which is how a header takes them. */
const bytes = (text) => Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");

/** How long a response asks to wait before the next request, in milliseconds; 0 if it does not ask. */
export function retryAfter(response) {
  const value = response.headers.get("retry-after") ?? "";
  const delay = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return delay > 0 ? delay : 0;
}

/**
 * A source of events, with the interface of EventSource: `open`, `error`, and an event of each type that the
 * server sends. Besides, it says what it has read last, and when; and an `error` that ends it has the `status`
 * of the response, and as `retryAfter` how many milliseconds that asks to wait.
 *
 * `request` is an address, or an async function that is given the options of a fetch and returns the response;
 * it is called for each connection. `world` has fetch and the timers.
 */
export class Source extends EventTarget {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSED = 2;

  readyState = Source.CONNECTING;
  lastEventId;
  retry;
  /** When the last bytes came, comments included. */
  heard = Date.now();
  #request;
  #world;
  /** The connection at hand, and what aborts it. There is none while it is closed. */
  #connection = null;
  #timer;

  constructor(request, { lastEventId = "", retry = RETRY, world = globalThis } = {}) {
    super();
    this.lastEventId = lastEventId;
    this.retry = retry;
    this.#world = world;
    const get = async (options) => world.fetch(request, options);
    this.#request = typeof request === "function" ? request : get;
    this.#connect();
  }

  /** Ends it, without an `error`. */
  close() {
    this.readyState = Source.CLOSED;
    this.#connection?.abort();
    this.#connection = null;
    this.#world.clearTimeout(this.#timer);
  }

  async #connect() {
    const connection = new AbortController();
    this.#connection = connection;
    // False once it was closed, whatever still comes.
    const goesOn = () => this.#connection === connection;
    const headers = { accept: "text/event-stream" };
    const id = this.lastEventId;
    if (id !== "" && isTransportable(id)) headers["last-event-id"] = bytes(id);
    try {
      const response = await this.#request({ headers, cache: "no-store", signal: connection.signal });
      if (!goesOn()) return;
      if (!isEventStream(response)) return this.#fail(response.status, retryAfter(response));
      this.readyState = Source.OPEN;
      this.heard = Date.now();
      this.dispatchEvent(new Event("open"));
      await this.#read(response, goesOn);
    } catch (error) {
      // Any other error is the network's, before the response or within it.
      if (goesOn() && error?.name === "AbortError") this.#fail();
    }
    if (goesOn()) this.#reestablish(goesOn);
  }

  /** Dispatches the events of a response, to its end or until this is closed. */
  async #read(response, goesOn) {
    const parser = new Parser(this.lastEventId);
    const decoder = new TextDecoder();
    const origin = response.url && new URL(response.url).origin;
    const reader = response.body.getReader();
    while (goesOn()) {
      const { done, value } = await reader.read();
      if (done || !goesOn()) break;
      this.heard = Date.now();
      for (const { type, data, lastEventId } of parser.push(decoder.decode(value, { stream: true }))) {
        this.lastEventId = lastEventId;
        this.dispatchEvent(new MessageEvent(type, { data, lastEventId, origin }));
        if (!goesOn()) break;
      }
      // A block without data sets the id too, and a reconnection time counts at once.
      this.lastEventId = parser.lastEventId;
      this.retry = parser.retry ?? this.retry;
    }
    reader.cancel().catch(() => {});
  }

  #reestablish(goesOn) {
    this.readyState = Source.CONNECTING;
    this.dispatchEvent(new Event("error"));
    if (!goesOn()) return;
    this.#timer = this.#world.setTimeout(() => this.#connect(), Math.min(this.retry, LONGEST));
  }

  #fail(status, retryAfter) {
    this.close();
    this.dispatchEvent(Object.assign(new Event("error"), { status, retryAfter }));
  }
}
