// The format: text in, events out. One parser reads one connection.

/** Reads text/event-stream as the standard says. */
export class Parser {
  #rest = "";
  #afterCr = false;
  #data = [];
  #type = "";
  #id;
  /** The last event ID string: that of the connection before, until this one sets another. */
  lastEventId;
  /** The last reconnection time in milliseconds, if there was any. */
  retry;

  constructor(lastEventId = "") {
    this.lastEventId = lastEventId;
  }

  /** Takes a piece of the stream, cut anywhere, and gives the events that it completes, one by one. */
  *push(text) {
    if (text === "") return;
    // A CR has ended its line already.
    if (this.#afterCr && text[0] === "\n") text = text.slice(1);
    this.#afterCr = text.endsWith("\r");
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop();
    for (const line of lines) {
      const event = line === "" ? this.#dispatch() : this.#field(line);
      if (event) yield event;
    }
  }

  #field(line) {
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

  #dispatch() {
    if (this.#id !== undefined) this.lastEventId = this.#id;
    const { lastEventId } = this;
    const data = this.#data;
    const type = this.#type || "message";
    this.#data = [];
    this.#type = "";
    return data.length > 0 ? { type, data: data.join("\n"), lastEventId } : null;
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
