// How much of a provider's answer is held at once: whole answers, errors, and one event of a stream.
const MEBIBYTE = 2 ** 20;
const MOST_ANSWER = 64 * MEBIBYTE; // 2048 embeddings of 3072 numbers in base64 have 33 MiB
const MOST_ERROR = MEBIBYTE;
const MOST_EVENT = 8 * MEBIBYTE;
// Objects and arrays, which take more memory than their bytes.
const MOST_OBJECTS = 500_000;
const OBJECT_CHARGE = 24;
// The budget counts a request's bytes twelvefold; an answer is held about four times.
const SHARE = 3;
const [BRACKET, BRACE] = [0x5b, 0x7b];

const TOO_LARGE = [502, "provider_bad_answer", "the provider's answer is larger than this gateway holds"];
const OVERLOADED = [503, "overloaded", "too much is in flight for this task's memory; try again"];

function opened(chunk) {
  let count = 0;
  for (const byte of chunk) if (byte === BRACE || byte === BRACKET) count += 1;
  return count;
}

// Counts what has arrived since something was last passed on to the caller (`passedOn`); returns why it is too much, or null.
export function answerMeter(response, context) {
  const stream = /event-?stream/i.test(response.headers.get("content-type") ?? "");
  const most = response.status >= 400 ? MOST_ERROR : stream ? MOST_EVENT : MOST_ANSWER;
  const usage = context.spending?.answered(response);
  let [bytes, objects] = [0, 0];
  context.passedOn = () => ([bytes, objects] = [0, 0]);
  return (chunk) => {
    usage?.add(chunk);
    bytes += chunk.length;
    objects += opened(chunk);
    if (bytes > most || objects > MOST_OBJECTS) return TOO_LARGE;
    try {
      context.charged?.grow(context.bytes_in + Math.ceil(bytes / SHARE) + objects * OBJECT_CHARGE);
    } catch {
      return OVERLOADED;
    }
    return null;
  };
}
