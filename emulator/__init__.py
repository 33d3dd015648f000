"""The embedded AWS: moto behind its own HTTPS proxy, with the calls this project needs and moto lacks."""
