// A stream of events that starts, stops, and comes back: over EventSource, or over fetch where that is
// missing (or asked for with ?fetch).

/** Reads text/event-stream as the standard says: text in, events out. */
export class Parser {
  #rest = "";
  #afterCr = false;
  #data = [];
  #type = "";
  #id;
  lastEventId = "";
  retry;

  constructor(dispatch) {
    this.dispatch = dispatch;
  }

  /** Takes a piece of the stream, cut anywhere. */
  push(text) {
    if (text === "") return;
    // A CR has ended its line already.
    if (this.#afterCr && text[0] === "\n") text = text.slice(1);
    this.#afterCr = text.endsWith("\r");
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop();
    for (const line of lines) this.#line(line);
  }

  #line(line) {
    if (line === "") return this.#block();
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value[0] === " ") value = value.slice(1);
    switch (name) {
      case "data": this.#data.push(value); break;
      case "event": this.#type = value; break;
      case "id": if (!value.includes("\0")) this.#id = value; break;
      case "retry": if (/^[0-9]+$/.test(value)) this.retry = Number(value); break;
    }
  }

  #block() {
    if (this.#id !== undefined) this.lastEventId = this.#id;
    const { lastEventId } = this;
    const data = this.#data;
    const type = this.#type || "message";
    this.#data = [];
    this.#type = "";
    if (data.length > 0) this.dispatch({ type, data: data.join("\n"), lastEventId });
  }
}

/**
 * Whether a response is an event stream: of the values of its content type, which commas outside quotes
 * separate, the last one that is a MIME type counts.
 */
export function isEventStream(response) {
  if (response.status !== 200) return false;
  const values = (response.headers.get("content-type") ?? "").match(/(?:[^",]|"(?:\\[^]|[^"\\])*"?)+/g) ?? [];
  const type = /^[\t\n\r ]*([\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+)[\t\n\r ]*(?:;|$)/;
  const essences = values.map((value) => value.match(type)?.[1].toLowerCase());
  return essences.filter((essence) => essence && essence !== "*/*").pop() === "text/event-stream";
}

/** Feeds the body of a response to a parser, to its end. */
export async function read(response, parser) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parser.push(value);
  }
}

/** What is waited after a refusal, in milliseconds: the first time, and the most. It doubles each time. */
const REFUSED = { first: 5000, most: 60000 };

/**
 * A stream. It calls `onevent` with each event, and `onstate` with its state: connecting, open,
 * reconnecting, refused (with the status or another reason), ended (by the server), or stopped.
 */
export class Stream {
  #path;
  #types;
  #onevent;
  #onstate;
  #lastEventId = "";
  #stop = null;
  #refusals = 0;

  constructor(path, { types, onevent, onstate }) {
    this.#path = path;
    this.#types = types;
    this.#onevent = onevent;
    this.#onstate = onstate;
  }

  get running() {
    return this.#stop !== null;
  }

  /** Begins, or goes on where it stopped. */
  start() {
    if (this.running) return;
    const forced = new URLSearchParams(location.search).has("fetch");
    const stopping = new AbortController();
    this.#stop = stopping;
    this.#state("connecting");
    if (forced || typeof EventSource === "undefined") this.#fetch(stopping.signal);
    else this.#eventSource(stopping.signal);
  }

  stop(state = "stopped") {
    this.#stop?.abort();
    this.#stop = null;
    this.#state(state);
  }

  #state(state, why) {
    if (state === "open" || state === "stopped") this.#refusals = 0;
    this.#onstate(state, why);
  }

  /** Handles an answer that is no stream, or that none came; resolves when it is time to ask again. */
  async #refused(response, stopped) {
    // The standard's way to say that a client need not come again.
    if (response?.status === 204) return this.stop("ended");
    const why = response?.status === 200 ? "not an event stream" : response?.status;
    this.#state("refused", why);
    await this.#pause(stopped);
  }

  /** Waits, longer each time until a stream opens. */
  async #pause(stopped) {
    const delay = Math.min(REFUSED.first * 2 ** this.#refusals, REFUSED.most);
    this.#refusals += 1;
    await wait(delay, stopped);
  }

  #event(event) {
    this.#lastEventId = event.lastEventId;
    this.#onevent(event);
  }

  /** The address; a new connection cannot set the header by itself, so the id is a part of it. */
  #url() {
    const url = new URL(this.#path, location.href);
    if (this.#lastEventId !== "") url.searchParams.set("last_event_id", this.#lastEventId);
    return url;
  }

  #eventSource(stopped) {
    const source = new EventSource(this.#url(), { withCredentials: true });
    stopped.addEventListener("abort", () => source.close());
    source.onopen = () => this.#state("open");
    source.onmessage = (event) => this.#event(event);
    for (const type of this.#types) source.addEventListener(type, (event) => this.#event(event));
    source.onerror = async () => {
      if (source.readyState === EventSource.CONNECTING) return this.#state("reconnecting");
      // It has given up, for an answer that it does not show. Ask for it, and begin anew.
      const response = await probe(this.#url(), stopped);
      if (stopped.aborted) return;
      if (response && isEventStream(response)) {
        this.#state("reconnecting");
        await this.#pause(stopped);
      } else {
        await this.#refused(response, stopped);
      }
      if (!stopped.aborted) this.#eventSource(stopped);
    };
  }

  async #fetch(stopped) {
    let retry = 3000;
    while (!stopped.aborted) {
      try {
        const response = await fetch(this.#url(), {
          headers: { accept: "text/event-stream" },
          cache: "no-store",
          signal: stopped,
        });
        if (!isEventStream(response)) {
          response.body?.cancel();
          await this.#refused(response, stopped);
          continue;
        }
        this.#state("open");
        const parser = new Parser((event) => this.#event(event));
        parser.lastEventId = this.#lastEventId;
        try {
          await read(response, parser);
        } finally {
          // Also an id without an event counts.
          this.#lastEventId = parser.lastEventId;
          retry = parser.retry ?? retry;
        }
      } catch {
        // The connection broke, or there was none.
      }
      if (stopped.aborted) return;
      this.#state("reconnecting");
      await wait(retry, stopped);
    }
  }
}

/** The answer to a request for a stream, without its body; `null` if there is none. */
async function probe(url, stopped) {
  const asking = new AbortController();
  stopped.addEventListener("abort", () => asking.abort());
  try {
    const headers = { accept: "text/event-stream" };
    return await fetch(url, { headers, signal: asking.signal, cache: "no-store" });
  } catch {
    return null;
  } finally {
    asking.abort();
  }
}

function wait(milliseconds, stopped) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    stopped.addEventListener("abort", () => (clearTimeout(timer), resolve()));
  });
}
