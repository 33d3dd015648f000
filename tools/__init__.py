"""Programs of the Makefile that set up, check and measure the project, and helpers that other packages share."""
