"""The gateway runtime's modules by themselves, its bundle, and what they say about Portkey's source."""
