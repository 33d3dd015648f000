// Loaded into the gateway's process before the gateway (node --import), in tasks with teams whose rates are in Valkey.
import { start } from "./start.mjs";
import { makeTeams } from "./teams/teams.mjs";
import { makeLimits } from "./valkey/limits.mjs";

start({ makeTeams, limits: makeLimits });
