"""Teams, what models cost, and patterns of their names."""
