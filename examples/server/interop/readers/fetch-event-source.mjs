// The package `@microsoft/fetch-event-source`, made for browsers: it asks for a window and a document.
globalThis.window = globalThis;
globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };

const { fetchEventSource } = await import('@microsoft/fetch-event-source');
const { url, print } = await import('./print.mjs');

fetchEventSource(url, {
  async onopen() {},
  onmessage: (event) => print(event.event || 'message', event.data, event.id),
  // An end is an end unless it is made an error, after which it connects again.
  onclose() {
    throw new Error('ended');
  },
});
