// Loaded into the gateway's process before the gateway itself (node --import), in tasks that know no teams.
import { start } from "./start.mjs";

start();
