"""What an environment costs a month, from its synthesized resources and the prices of prices.toml."""
