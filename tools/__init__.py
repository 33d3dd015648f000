"""What the Makefile runs to set up, prime and measure the project."""
