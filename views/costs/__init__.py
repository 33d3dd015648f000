"""Estimates what an environment costs a month, from its synthesized resources and the prices in prices.toml."""
