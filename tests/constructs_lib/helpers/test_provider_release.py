"""The lowest release of the AWS provider that a constraint lets in."""

from constructs_lib.helpers.provider_release import lowest_release

import pytest


@pytest.mark.parametrize(
    ("constraint", "lowest"),
    [
        ("~> 6.25", (6, 25, 0)),
        ("~> 6.25.3", (6, 25, 3)),
        ("5.100.0", (5, 100, 0)),
        ("= 6.47.0", (6, 47, 0)),
        (">= 6.24, < 7.0", (6, 24, 0)),
        ("< 7.0, >= 6.24, >= 6.30", (6, 30, 0)),
        ("< 7", (0, 0, 0)),
        ("!= 6.26.0", (0, 0, 0)),
        (">6", (6, 0, 0)),
    ],
)
def test_the_lowest_release_of_a_constraint(constraint: str, lowest: tuple[int, int, int]) -> None:
    """The largest of its lower bounds; none where it has none."""
    assert lowest_release(constraint) == lowest


def test_a_constraint_has_terraforms_form() -> None:
    """Anything else is an error that shows the form."""
    with pytest.raises(ValueError, match=r"'six' is not a Terraform version constraint, e\.g\. ~> 6\.25"):
        lowest_release("six")
