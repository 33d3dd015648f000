"""Loads the AWS bindings faster than jsii does; README.md has each technique."""
