"""The running gateway: clients, secrets, rollouts, smoke test."""
