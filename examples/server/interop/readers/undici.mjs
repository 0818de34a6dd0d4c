// The `EventSource` of undici.
import { EventSource } from 'undici';
import { read } from './event-source.mjs';

read(EventSource);
