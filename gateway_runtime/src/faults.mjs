// A fault that nobody catches ends no task that serves: Portkey leaves promises alone that a request can make fail.
// Before it listens, it is a failed start, which ends the process.
export function installFaults(serves) {
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    process.on(event, (error) => {
      console.error(event, error);
      if (!serves()) process.exit(1);
    });
  }
}
