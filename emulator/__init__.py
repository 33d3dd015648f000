"""The embedded AWS: moto behind its own HTTPS proxy, with the calls that this project needs and moto lacks."""
