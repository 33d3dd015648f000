"""A command line whose exit code 2 is free to mean changes, as with `terraform plan -detailed-exitcode`."""

import argparse
import sys
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """argparse's, but a command line that it does not take ends with 1, as every other error."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and end."""
        self.print_usage(sys.stderr)
        self.exit(1, f"{self.prog}: {message}\n")
