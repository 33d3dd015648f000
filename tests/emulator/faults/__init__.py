"""Faulty requests for tests of emulator/judge, by subject."""
