"""The lowest release of the AWS provider that a constraint allows."""

from constructs_lib.helpers.provider_release import lowest_release, stays_below

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
    """The lowest release is the largest of the constraint's lower bounds; None without a lower bound."""
    assert lowest_release(constraint) == lowest


def test_a_constraint_has_terraforms_form() -> None:
    """A constraint in another form is an error that shows the accepted form."""
    with pytest.raises(ValueError, match=r"'six' is not a Terraform version constraint, e\.g\. ~> 6\.25"):
        lowest_release("six")


@pytest.mark.parametrize(
    ("constraint", "below"),
    [
        ("6.28.0", True),
        ("= 6.29.0", False),
        ("~> 6.25.0", True),
        ("~> 6.28.1", True),
        ("~> 6.25", False),
        ("~> 5.100", True),
        (">= 6.24, < 6.29", True),
        (">= 6.24, < 6.29.1", False),
        (">= 6.24, <= 6.28.9", True),
        (">= 6.24", False),
        ("!= 6.28.0", False),
    ],
)
def test_a_constraint_may_end_before_a_release(constraint: str, *, below: bool) -> None:
    """Each form of an upper bound is recognized, as is a constraint without one."""
    assert stays_below(constraint, (6, 29, 0)) is below


def test_an_upper_bound_has_terraforms_form() -> None:
    """An upper bound in another form is an error that shows the accepted form."""
    with pytest.raises(ValueError, match=r"'six' is not a Terraform version constraint, e\.g\. ~> 6\.25"):
        stays_below("six", (6, 29, 0))
