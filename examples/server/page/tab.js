// A tab's share in a stream: over a SharedWorker, so that all tabs together have one connection. HTTP/1.1
// allows a browser six.

import { serve } from "./hub.js";

/** Whether this tab has its streams for itself: asked for with ?alone, or since there is no SharedWorker. */
let alone = new URLSearchParams(location.search).has("alone") || typeof SharedWorker === "undefined";

/** A stream as a tab sees it; see `Stream` for what it calls. */
export class Tab {
  #path;
  #types;
  #onevent;
  #onstate;
  #user;
  #port = null;
  #lastEventId = "";

  /** `user` gives a name: tabs of different users share nothing. */
  constructor(path, { types, onevent, onstate, user = () => "" }) {
    this.#path = path;
    this.#types = types;
    this.#onevent = onevent;
    this.#onstate = onstate;
    this.#user = user;
  }

  get running() {
    return this.#port !== null;
  }

  /** Begins, or goes on where it stopped. */
  start() {
    if (this.running) return;
    const port = this.#connect();
    this.#port = port;
    this.#onstate("connecting");
    port.onmessage = ({ data: { event, state } }) => {
      // What was on its way when it stopped comes again when it goes on.
      if (this.#port !== port) return;
      if (event) {
        this.#lastEventId = event.lastEventId;
        this.#onevent(event);
      } else if (state[0] === "ended") {
        this.stop("ended");
      } else {
        this.#onstate(...state);
      }
    };
    port.postMessage({ path: this.#path, types: this.#types, lastEventId: this.#lastEventId });
  }

  stop(state = "stopped") {
    if (!this.running) return;
    this.#port.postMessage("leave");
    this.#port.close();
    this.#port = null;
    this.#onstate(state);
  }

  /** To be called when the page is shown again. */
  wake() {
    this.#port?.postMessage("wake");
  }

  #connect() {
    try {
      if (!alone) return this.#share();
    } catch {
      // A browser may forbid it.
      alone = true;
    }
    const { port1, port2 } = new MessageChannel();
    serve(port2);
    return port1;
  }

  #share() {
    const worker = new SharedWorker(`worker.js${location.search}`, { type: "module", name: this.#user() });
    worker.onerror = () => {
      // It cannot be had here.
      alone = true;
      if (this.#port !== worker.port) return;
      this.#port = null;
      this.start();
    };
    return worker.port;
  }
}
