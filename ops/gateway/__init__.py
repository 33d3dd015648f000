"""The running gateway: clients, images, rollouts, secrets, smoke test, usage report."""
