// A stream that is kept: it begins anew after a refusal, after sleep, and when nothing is heard any more.

import { isEventStream } from "./parser.js";
import { Source, retryAfter } from "./source.js";

/** What is waited after a refusal, in milliseconds: the first time, and the most. It doubles each time. */
const REFUSED = { first: 5000, most: 60000 };

/** The longest that the server's word is taken for what is to be waited after a refusal. */
const LONGEST = 3600000;

/**
 * After this long without a byte a connection is taken for dead: three of the server's keep-alives. How many
 * seconds there are between them is said by the event that a stream begins with; before, it is taken for the usual 15.
 */
const silence = (seconds = 15) => Math.max(3 * seconds, 10) * 1000;

/** How often it is looked for silence. */
const LOOK = 5000;

/** Where there was no look for so long, the machine slept. A page in the background looks once a minute. */
const SLEPT = 90000;

/**
 * A stream. It calls `onevent` with each event, and `onstate` with its state: connecting, open,
 * reconnecting, refused (with the status or another reason), ended (by the server), or stopped.
 */
export class Stream {
  #path;
  #types;
  #onevent;
  #onstate;
  #native;
  #world;
  #lastEventId;
  #retry;
  /** The source, or what else is asked; null while it is stopped. */
  #source = null;
  #refusals = 0;
  #silence = silence();
  #heard = 0;
  #looked = 0;
  #looking;
  #pause;

  constructor(path, { types, onevent, onstate, lastEventId = "", native = false, world = globalThis }) {
    this.#path = path;
    this.#types = types;
    this.#onevent = onevent;
    this.#onstate = onstate;
    this.#lastEventId = lastEventId;
    this.#native = native;
    this.#world = world;
  }

  get running() {
    return this.#source !== null;
  }

  /** Begins, or goes on where it stopped. */
  start() {
    if (this.running) return;
    this.#refusals = 0;
    this.#looked = Date.now();
    this.#looking = this.#world.setInterval(() => this.#look(), LOOK);
    this.#onstate("connecting");
    this.#open();
  }

  stop(state = "stopped") {
    if (!this.running) return;
    this.#leave();
    this.#source = null;
    this.#world.clearInterval(this.#looking);
    this.#onstate(state);
  }

  /** Connects at once, unless it is open and was heard lately. For when a page is shown again. */
  wake() {
    if (!this.running || (this.#isOpen() && !this.#isSilent())) return;
    this.#onstate("reconnecting");
    this.#again();
  }

  #look() {
    const slept = Date.now() - this.#looked > SLEPT;
    this.#looked = Date.now();
    if (slept || (this.#isOpen() && this.#isSilent())) this.wake();
  }

  #isOpen() {
    return this.#source.readyState === Source.OPEN;
  }

  #isSilent() {
    return Date.now() - Math.max(this.#heard, this.#source.heard ?? 0) > this.#silence;
  }

  /** Gives the connection up, and whatever is waited for. */
  #leave() {
    const source = this.#source;
    this.#world.clearTimeout(this.#pause);
    source.close();
    // An id in a block without data has come with no event.
    this.#lastEventId = source.lastEventId ?? this.#lastEventId;
    this.#retry = source.retry ?? this.#retry;
  }

  #again() {
    this.#leave();
    this.#open();
  }

  #open() {
    const source = this.#native
      ? new EventSource(this.#resuming(), { withCredentials: true })
      : new Source(this.#path, { lastEventId: this.#lastEventId, retry: this.#retry, world: this.#world });
    this.#source = source;
    const heard = (event) => {
      this.#heard = Date.now();
      this.#lastEventId = event.lastEventId;
      if (event.type === "begin" || event.type === "gap") this.#silence = silence(JSON.parse(event.data).keep_alive);
      this.#onevent({ type: event.type, data: event.data, lastEventId: event.lastEventId });
    };
    for (const type of ["message", ...this.#types]) source.addEventListener(type, heard);
    source.addEventListener("open", (event) => {
      if (event instanceof MessageEvent) return;
      this.#heard = Date.now();
      this.#refusals = 0;
      this.#onstate("open");
    });
    source.addEventListener("error", (event) => {
      // The server may send an event of that type.
      if (event instanceof MessageEvent) return;
      if (source.readyState === Source.CONNECTING) this.#onstate("reconnecting");
      else if (this.#native) this.#ask();
      else this.#refused(event.status, event.retryAfter);
    });
  }

  /** The address with the last event ID, since a new EventSource cannot send it otherwise. */
  #resuming() {
    const url = new URL(this.#path, location.href);
    if (this.#lastEventId !== "") url.searchParams.set("last_event_id", this.#lastEventId);
    return url;
  }

  /** Asks for the status that an EventSource did not show when it gave up. */
  async #ask() {
    const asking = new AbortController();
    const source = { close: () => asking.abort() };
    this.#source = source;
    const options = { headers: { accept: "text/event-stream" }, cache: "no-store", signal: asking.signal };
    const response = await fetch(this.#resuming(), options).catch(() => null);
    if (this.#source !== source) return;
    asking.abort();
    if (!response) return this.#refused();
    if (!isEventStream(response)) return this.#refused(response.status, retryAfter(response));
    // By now there is a stream.
    this.#onstate("reconnecting");
    this.#wait();
  }

  /** Handles an answer that is no stream: says so, and pauses. */
  #refused(status, delay) {
    // The standard's way to say that a client need not come again.
    if (status === 204) return this.stop("ended");
    this.#onstate("refused", status === 200 ? "not an event stream" : status);
    this.#wait(delay);
  }

  /** Asks again after a while, which is longer each time until a stream opens, and `least` as long. */
  #wait(least = 0) {
    const usual = Math.min(REFUSED.first * 2 ** this.#refusals, REFUSED.most);
    const delay = Math.max(usual, Math.min(least, LONGEST));
    this.#refusals += 1;
    this.#pause = this.#world.setTimeout(() => this.#again(), delay);
  }
}
