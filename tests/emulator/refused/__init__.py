"""Calls that emulator/judge refuses: the existing resources, helpers that build the calls, and the cases by service."""
