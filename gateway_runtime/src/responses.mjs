// Responses that hold their text: reading and cloning them needs no streams, which take longer than everything else in an answer.
// Portkey clones each answer twice, for logs that it does not write in production.

// A Response class with cheap clones for a text body. `Base` handles any other body.
function withCheapClones(Base) {
  return class Response extends Base {
    #text;

    constructor(body, init) {
      super(body, init);
      if (typeof body === "string") this.#text = body;
    }

    async text() {
      return this.#text ?? super.text();
    }

    async json() {
      return this.#text === undefined ? super.json() : JSON.parse(this.#text);
    }

    clone() {
      if (this.#text === undefined) return super.clone();
      const { status, statusText, headers } = this;
      return new this.constructor(this.#text, { status, statusText, headers: new Headers(headers) });
    }
  };
}

// A provider's whole answer, which releases its text once it is read.
function ofProvider(Base) {
  return class extends Base {
    #text;
    #init;

    constructor(text, init) {
      super(null, init);
      this.#text = text;
      this.#init = init;
    }

    #taken() {
      const text = this.#text;
      if (text === undefined) throw new TypeError("the body has been read");
      this.#text = undefined;
      return text;
    }

    #rest() {
      return new Base(this.#taken(), this.#init);
    }

    // Node's constructor reads this before the fields of this class exist.
    get status() {
      return #init in this ? this.#init.status : super.status;
    }

    get statusText() {
      return "";
    }

    get ok() {
      return this.#init.status >= 200 && this.#init.status < 300;
    }

    get headers() {
      return this.#init.headers;
    }

    get bodyUsed() {
      return this.#text === undefined;
    }

    get body() {
      return this.#rest().body;
    }

    async text() {
      return this.#taken();
    }

    async json() {
      return JSON.parse(this.#taken());
    }

    async arrayBuffer() {
      return this.#rest().arrayBuffer();
    }

    async blob() {
      return this.#rest().blob();
    }

    async formData() {
      return this.#rest().formData();
    }

    clone() {
      if (this.bodyUsed) throw new TypeError("the body has been read");
      return new this.constructor(this.#text, { ...this.#init, headers: new Headers(this.#init.headers) });
    }
  };
}

let Whole = ofProvider(withCheapClones(globalThis.Response));

// Call this once the server listens: only then has it replaced the global Response by its own class.
export function installResponses() {
  globalThis.Response = withCheapClones(globalThis.Response);
  Whole = ofProvider(globalThis.Response);
}

// A provider's whole answer.
export const wholeAnswer = (text, init) => new Whole(text, init);
