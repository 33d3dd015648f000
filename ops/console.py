"""What an operator sees and is asked."""

import sys

from ops.aws import OperatorError

from rich.console import Console
from rich.prompt import Confirm

# A file or a pipe has no width; 80 columns would break the names in tables.
# `:secret:` in an ARN is no emoji.
out = Console(soft_wrap=True, highlight=False, emoji=False, width=None if sys.stdout.isatty() else 160)


class YesOrNo(Confirm):
    """rich's, and it takes the whole words, as Terraform wants them."""

    def process_response(self, value: str) -> bool:
        """What an answer means."""
        return super().process_response({"yes": "y", "no": "n"}.get(value.strip().lower(), value))


def confirmed(question: str, *, yes: bool) -> bool:
    """Ask, unless the answer is given. Raises OperatorError where there is nobody to ask."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise OperatorError(f"nobody to ask ({question}): without a terminal say --yes, with make YES=1")
    try:
        return YesOrNo.ask(question, console=out, default=False)
    except EOFError:
        return False
