"""`make run`: runs a synthesized task's containers as processes on this machine, with a stand-in for the providers."""
