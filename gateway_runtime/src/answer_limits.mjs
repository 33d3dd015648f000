// Limits on how much of a provider's answer is held in memory: whole answers, errors, and one event of a stream.
const MEBIBYTE = 2 ** 20;
const MOST_ANSWER = 64 * MEBIBYTE; // 2048 embeddings of 3072 numbers in base64 are 33 MiB
const MOST_ERROR = MEBIBYTE;
const MOST_EVENT = 8 * MEBIBYTE;
// Objects and arrays take more memory than their bytes: OBJECT_CHARGE bytes each.
const MOST_OBJECTS = 500_000;
const OBJECT_CHARGE = 24;
// Bytes of the budget for each byte of an answer. Portkey holds an answer as text and as values, twice each (for its log), all in
// the heap, which is two thirds of the budget's memory. A string with one character beyond Latin-1 takes twice as much.
const SHARE = 5 / 8;
const WIDE_SHARE = 2 * SHARE;
const [BRACKET, BRACE, BACKSLASH, LETTER_U] = [0x5b, 0x7b, 0x5c, 0x75];
const FIRST_WIDE = 0xc4; // the first byte of U+0100 in UTF-8

const TOO_LARGE = [502, "provider_bad_answer", "the provider's answer is larger than this gateway holds"];
const OVERLOADED = [503, "overloaded", "too much is in flight for this task's memory; try again"];

// How many objects and arrays begin in a chunk, and whether it may contain a character beyond Latin-1.
function surveyed(chunk) {
  let [count, wide, before] = [0, false, 0];
  for (const byte of chunk) {
    if (byte === BRACE || byte === BRACKET) count += 1;
    else if (byte >= FIRST_WIDE || (byte === LETTER_U && before === BACKSLASH)) wide = true;
    before = byte;
  }
  return { count, wide };
}

// Counts what has arrived since the last bytes were passed on to the caller (`passedOn`); returns the error where it is too much,
// or null.
export function answerMeter(response, context) {
  const stream = /event-?stream/i.test(response.headers.get("content-type") ?? "");
  const most = response.status >= 400 ? MOST_ERROR : stream ? MOST_EVENT : MOST_ANSWER;
  const usage = context.spending?.answered(response);
  let [bytes, objects, share] = [0, 0, SHARE];
  context.passedOn = () => ([bytes, objects] = [0, 0]);
  return (chunk) => {
    usage?.add(chunk);
    bytes += chunk.length;
    const { count, wide } = surveyed(chunk);
    objects += count;
    if (wide) share = WIDE_SHARE;
    if (bytes > most || objects > MOST_OBJECTS) return TOO_LARGE;
    try {
      context.charged?.grow(context.bytes_in + Math.ceil(bytes * share) + objects * OBJECT_CHARGE);
    } catch {
      return OVERLOADED;
    }
    return null;
  };
}
