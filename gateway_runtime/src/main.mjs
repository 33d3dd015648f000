// Loaded into the gateway's process before the gateway (node --import), in tasks without teams.
import { start } from "./start.mjs";

start();
