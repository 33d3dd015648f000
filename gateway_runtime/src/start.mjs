// Assembles what Portkey lacks to run as this task. The entry points (main*.mjs) choose the parts.
import { guardConnections, makePolicy } from "./connections.mjs";
import { installConsole } from "./console.mjs";
import { makeFront } from "./front.mjs";
import { installFaults } from "./faults.mjs";
import { draining, installListening, serves } from "./listening.mjs";
import { isProviderHost } from "./provider_hosts.mjs";
import { makeOutgoing } from "./outgoing.mjs";
import { makeProviderFetch } from "./provider_fetch.mjs";
import { makeRouter } from "./routing.mjs";
import { readSettings } from "./settings.mjs";
import { scrubTelemetry } from "./telemetry.mjs";

// `makeTeams` is absent in the bundle for tasks without teams; `limits` is absent where rates are in the table of budgets.
export function start({ makeTeams, limits } = {}) {
  const settings = readSettings();
  if (settings.teams && !(settings.teams.valkey ? limits : makeTeams)) {
    throw new Error("GATEWAY_RUNTIME lacks the part that GATEWAY_TEAMS needs: both come from one synthesis");
  }
  const router = settings.routes && makeRouter(settings.routes);
  const opened = router?.hosts ?? [];
  const toStdout = process.stdout.write.bind(process.stdout);
  let requests = 0;

  installConsole(toStdout, () => requests > 0);
  guardConnections(makePolicy(settings, opened));
  const outgoing = makeOutgoing(settings);
  globalThis.fetch = makeProviderFetch(settings, opened, outgoing);
  // With routes the hosts come from the settings. Without, a caller chooses the host, and each would be a metric of its own.
  const telemetry = scrubTelemetry((host) => Boolean(router) && (isProviderHost(host) || opened.includes(host)));
  if (telemetry === "switched off") {
    toStdout('{"log":"gateway","level":"error","what":"this OpenTelemetry SDK cannot be scrubbed: no telemetry is sent"}\n');
  }
  const write = (line) => toStdout(`${line}\n`);
  const teams = settings.teams && makeTeams({ config: settings.teams, router, outgoing, limits, write });
  const front = makeFront({ settings, router, teams, draining, write });
  installFaults(serves);
  installListening(settings, (request, response, portkey) => {
    requests += 1;
    return front(request, response, portkey);
  }, teams?.flush);
}
