"""Runs the containers of a synthesized task on this machine as processes, and a stand-in for the model providers."""
