// Reads and decompresses a request's body, within the limits of one body and of all bodies in flight.
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import { promisify } from "node:util";
import { GatewayError } from "./errors.mjs";
import { makeUpload, makeUploads, stalled, STALL_MS } from "./uploads.mjs";

const MEBIBYTE = 2 ** 20;
// The memory of a request with a small body: headers, buffers of the answer, Portkey's objects.
export const SMALLEST_CHARGE = 64 * 1024;
const DECODERS = { gzip: promisify(gunzip), "x-gzip": promisify(gunzip), deflate: promisify(inflate), br: promisify(brotliDecompress) };

export function makeBudget(mebibytes) {
  const most = mebibytes * MEBIBYTE;
  const uploads = makeUploads(most);
  let used = 0;
  return {
    uploads,
    get used() {
      return used;
    },
    // Charges bytes until they are released; false where they do not fit and no upload can be ended for them.
    take(bytes, caller, self) {
      while (used + bytes > most) if (bytes > most || !uploads.makeRoom(caller, self)) return false;
      used += bytes;
      return true;
    },
    release(bytes) {
      used -= bytes;
    },
  };
}

// The part of the budget that one request of `caller` holds.
export function charge(budget, caller = "") {
  let held = 0;
  let over = false;
  let upload;
  const grow = (bytes) => {
    if (over) return;
    const more = Math.max(bytes, SMALLEST_CHARGE) - held;
    if (more <= 0) return;
    if (!budget.take(more, caller, upload)) {
      throw new GatewayError(503, "overloaded", "too much is in flight for this task's memory; try again", { "retry-after": "1" });
    }
    held += more;
  };
  const release = () => {
    budget.release(held);
    held = 0;
    over = true;
    budget.uploads.delete(upload);
  };
  grow(0);
  return {
    grow,
    release,
    // The request's body starts to arrive; `end(error)` refuses it.
    arriving(end) {
      upload = makeUpload({ caller, held: () => held, end: (error) => {
        release();
        end(error);
      } });
      if (!over) budget.uploads.add(upload);
      return upload;
    },
    arrived() {
      budget.uploads.delete(upload);
      upload = undefined;
    },
  };
}

const tooLarge = (mib) => new GatewayError(413, "body_too_large", `a request's body may have ${mib} MiB (max_body_mib)`);

// Reads all of a stream; `check` is called with each new size and may throw. The stream stays open, so that an answer can be sent.
function collected(stream, charged, check) {
  return new Promise((done, failed) => {
    let parts = [];
    let size = 0;
    const end = (settle, value) => {
      clearTimeout(stall);
      charged.arrived();
      parts = [];
      stream.off("data", take).off("end", whole).off("error", broken).off("close", gone);
      settle(value);
    };
    const whole = () => end(done, Buffer.concat(parts, size));
    const broken = (error) => end(failed, error);
    const gone = () => end(failed, Object.assign(new Error("the caller has left"), { code: "ECONNRESET" }));
    const upload = charged.arriving(broken);
    const stall = setTimeout(() => broken(stalled()), STALL_MS);
    const take = (part) => {
      size += part.length;
      parts.push(part);
      upload.grown(size);
      stall.refresh();
      try {
        check(size);
      } catch (error) {
        end(failed, error);
      }
    };
    stream.on("data", take).on("end", whole).on("error", broken).on("close", gone);
  });
}

export async function readBody(request, { max_body_mib: mib }, charged) {
  const most = mib * MEBIBYTE;
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > most) throw tooLarge(mib);
  // Charged as it arrives, not by Content-Length: announced bytes take no memory, and charging them would block other requests.
  const raw = await collected(request, charged, (size) => {
    if (size > most) throw tooLarge(mib);
    charged.grow(size);
  });
  const size = raw.length;
  const encoding = (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (encoding === "identity" || encoding === "") return raw;
  const decode = DECODERS[encoding];
  if (!decode) throw new GatewayError(415, "unknown_encoding", "Content-Encoding may be gzip, deflate or br");
  try {
    // Charge the largest size that it may have; its real size is known only afterwards.
    charged.grow(size + Math.min(most, size * 20));
    const whole = await decode(raw, { maxOutputLength: most });
    charged.grow(whole.length);
    return whole;
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    if (error.code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(mib);
    throw new GatewayError(400, "bad_encoding", `the body is not ${encoding}, as Content-Encoding says`);
  }
}
