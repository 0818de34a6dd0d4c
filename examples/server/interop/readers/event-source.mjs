// What the readers over an `EventSource` have in common.
import { url, print } from './print.mjs';

export function read(EventSource) {
  const source = new EventSource(url);
  for (const type of ['begin', 'gap', 'message', 'named', 'end']) {
    source.addEventListener(type, (event) => print(event.type, event.data, event.lastEventId));
  }
  // While nothing is on its way, Node would end.
  setInterval(() => {}, 60_000);
}
