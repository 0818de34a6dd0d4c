// better-sse, on the server of Node. It makes JSON of what is pushed.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { createSession } from 'better-sse';

const [port, file] = process.argv.slice(2);
const texts = JSON.parse(readFileSync(file, 'utf8'));
const aResponse = 4;

createServer(async (request, response) => {
  const first = Number(request.headers['last-event-id'] ?? 0);
  if (first === texts.length) return response.writeHead(204).end();
  const session = await createSession(request, response, { retry: 10 });
  for (let at = first; at < Math.min(first + aResponse, texts.length); at++) {
    session.push(texts[at][1], 'named', String(at + 1));
  }
  response.end();
}).listen(Number(port), '127.0.0.1');
