"""Tests of the resource type records and of the model of a synthesized stack."""
