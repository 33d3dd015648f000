"""Draws an environment's architecture from its synthesized JSON."""
