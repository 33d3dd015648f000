// Sets the clock ahead, before the product's code is loaded, to test month ends and expired leases.
const ahead = Number(process.env.CLOCK_AHEAD_SECONDS) * 1000;
const RealDate = globalThis.Date;
globalThis.Date = class Date extends RealDate {
  constructor(...args) {
    if (args.length) super(...args);
    else super(RealDate.now() + ahead);
  }

  static now() {
    return RealDate.now() + ahead;
  }
};
