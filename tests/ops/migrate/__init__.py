"""Tests of ops/migrate."""
