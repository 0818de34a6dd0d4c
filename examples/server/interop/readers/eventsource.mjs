// The package `eventsource` over the `fetch` of Node.
import { EventSource } from 'eventsource';
import { read } from './event-source.mjs';

read(EventSource);
