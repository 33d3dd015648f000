"""Loads the AWS bindings faster than jsii does. README.md lists the techniques."""
