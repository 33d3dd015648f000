"""Calls that the judge refuses: what the embedded AWS holds, how they are built, and the cases by service."""
