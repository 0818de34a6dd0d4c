// Decodes a file with eventsource-parser, in chunks of 16 KiB; prints the number of events and of
// the bytes of their data.
import {closeSync, openSync, readSync} from 'node:fs'
import {createParser} from 'eventsource-parser'

let events = 0
let bytes = 0
const parser = createParser({
  onEvent(event) {
    events += 1
    bytes += Buffer.byteLength(event.data)
  },
})

const text = new TextDecoder()
const chunk = new Uint8Array(16 << 10)
const file = openSync(process.argv[2])
for (let length; (length = readSync(file, chunk)) > 0; ) {
  parser.feed(text.decode(chunk.subarray(0, length), {stream: true}))
}
closeSync(file)
console.log(events, bytes)
