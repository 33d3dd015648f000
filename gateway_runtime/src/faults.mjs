// An uncaught error does not end a task that serves requests: Portkey has unhandled promises that a request can reject.
// Before the gateway listens, an uncaught error ends the process.
export function installFaults(serves) {
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    process.on(event, (error) => {
      console.error(event, error);
      if (!serves()) process.exit(1);
    });
  }
}
