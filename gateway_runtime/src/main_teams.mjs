// Loaded into the gateway's process before the gateway (node --import), in tasks with teams whose rates are in the table.
import { start } from "./start.mjs";
import { makeTeams } from "./teams/teams.mjs";

start({ makeTeams });
