"""The stacks use only what the schema of each listed release of the provider has."""

import json
from pathlib import Path

from tests.support.synthesized import Synthesized
from tests.terraform.schemas import FOLDER, RELEASES, every_stack, used

import pytest


@pytest.mark.parametrize("release", RELEASES)
def test_a_release_knows_what_is_written_for_it(release: str, tmp_path: Path) -> None:
    """Every attribute and block of every stack is in the release's schema, including the JWT action from 6.22 on."""
    known = json.loads((FOLDER / f"{release}.json").read_text(encoding="utf-8"))
    paths = {f"{type_}.{path}" for type_, of_type in known.items() for path in of_type}
    written: set[str] = set()
    for number, environment in enumerate(every_stack(release)):
        written |= used(Synthesized.of(environment, tmp_path / str(number)).document)
    assert len(written) > 300
    assert sorted(written - paths) == []


def test_what_differs_between_releases_is_written_for_some_only() -> None:
    """The schemas differ between releases: only 6.x has blocked encryption types and the JWT action."""
    listener = "resource.aws_lb_listener"
    encryption = "resource.aws_s3_bucket_server_side_encryption_configuration"
    for release in RELEASES:
        known = json.loads((FOLDER / f"{release}.json").read_text(encoding="utf-8"))
        new = not release.startswith("5.")
        assert ("default_action.jwt_validation.issuer" in known[listener]) is new
        assert ("rule.blocked_encryption_types" in known[encryption]) is new
