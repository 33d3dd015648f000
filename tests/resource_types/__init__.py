"""Tests of the records of resource types and of the model of a synthesized stack."""
