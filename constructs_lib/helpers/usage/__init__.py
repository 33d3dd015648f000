"""Teams, prices of models, and patterns of model names."""
