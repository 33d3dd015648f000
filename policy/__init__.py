"""Scans the synthesized stacks with checkov and parliament; accepted.toml lists accepted findings with reasons."""
