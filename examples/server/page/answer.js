// An answer to a POST that is a stream of tokens.

import { Source } from "./source.js";

/** How often in a row it may break off without an event. */
const ATTEMPTS = 5;

/**
 * Reads an answer, and fetches the rest where the connection breaks: from the address in its event `start`.
 * Without that, nothing of it has been seen, and `ask` posts the question again; it is given the options of a
 * fetch. `show` is called with each token, `end` with whether the answer is complete.
 */
export function read(response, { ask, show, end, world = globalThis }) {
  let resume = "";
  let attempts = ATTEMPTS;
  const request = async (options) => {
    const first = response;
    response = null;
    return first ?? (resume === "" ? ask(options) : world.fetch(resume, options));
  };
  const source = new Source(request, { retry: 1000, world });
  const on = (type, act) => source.addEventListener(type, act);
  const stop = (complete) => {
    source.close();
    end(complete);
  };
  on("start", ({ data }) => {
    resume = JSON.parse(data).resume;
  });
  on("token", ({ data }) => {
    attempts = ATTEMPTS;
    show(JSON.parse(data).text);
  });
  on("done", () => stop(true));
  on("error", () => {
    attempts -= 1;
    if (source.readyState === Source.CLOSED || attempts === 0) stop(false);
  });
  return source;
}
