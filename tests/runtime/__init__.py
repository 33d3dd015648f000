"""Tests of the gateway runtime's modules, its bundles, and its assumptions about Portkey's source."""
