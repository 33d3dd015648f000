"""The operator's commands. All Python code of the project that calls AWS is in this package."""
