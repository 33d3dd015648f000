"""The embedded AWS by itself."""
