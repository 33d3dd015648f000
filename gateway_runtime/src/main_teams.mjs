// Loaded into the gateway's process before the gateway itself, in tasks with teams; their rates are in the table.
import { start } from "./start.mjs";
import { makeTeams } from "./teams/teams.mjs";

start({ makeTeams });
