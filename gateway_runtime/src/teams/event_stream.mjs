// Bedrock's streams: binary frames with headers and a JSON payload (application/vnd.amazon.eventstream).
// https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html

const [PRELUDE, CHECKSUM] = [12, 4];
const MOST_FRAME = 16 * 2 ** 20;

// Calls `event(document)` for each payload; pass the bytes to `add` as they arrive.
export function frameReader(event) {
  let rest = Buffer.alloc(0);
  let broken = false;
  return (chunk) => {
    if (broken) return;
    rest = rest.length ? Buffer.concat([rest, chunk]) : Buffer.from(chunk);
    while (rest.length >= PRELUDE) {
      const [size, headers] = [rest.readUInt32BE(0), rest.readUInt32BE(4)];
      if (size < PRELUDE + headers + CHECKSUM || size > MOST_FRAME) {
        broken = true;
        rest = Buffer.alloc(0);
        return;
      }
      if (rest.length < size) return;
      const payload = rest.toString("latin1", PRELUDE + headers, size - CHECKSUM);
      rest = rest.subarray(size);
      event(payload);
    }
  };
}
