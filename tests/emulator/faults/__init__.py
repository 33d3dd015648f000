"""The judge's own planted faults, by subject."""
