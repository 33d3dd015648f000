"""A public gateway over plain HTTP is deployed only if the settings accept it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from envs.schema import Environment
from ops.deploy import accept_exposure
from ops.migrate.import_settings import PLAIN_HTTP, written
from ops.migrate.older_settings import checked, find, given
from tests.ops.conftest import Answer
from tests.ops.migrate.older_files import TFVARS
from tests.support.synthesized import CERTIFICATE, settings

import pytest

EXPOSED = (
    "{0} serves the internet over plain HTTP: prompts, provider keys and tokens can be read in transit "
    "(set certificate_arn, or domain_name with hosted_zone)"
)


def test_it_is_refused_before_anything_is_created(
    aws: Callable[..., Any], ops: Callable[..., Answer], only_environment: Callable[[Environment], None]
) -> None:
    """One line names the file, what is exposed and the setting to change; no state bucket is created."""
    only_environment(settings())
    done = ops("deploy", "test", "--yes")
    assert (done.code, done.err) == (
        1,
        f"envs/test.py: certificate_arn='': {EXPOSED.format('test')}; nothing was deployed. To deploy it anyway, set "
        "accept_public_plain_http=True in envs/test.py\n",
    )
    assert aws("s3").list_buckets()["Buckets"] == []


@pytest.mark.parametrize(
    ("changes", "printed"),
    [
        ({"accept_public_plain_http": True}, EXPOSED.format("test")),
        ({"environment": "dev"}, EXPOSED.format("dev")),
        ({"certificate_arn": CERTIFICATE}, ""),
        ({"internal_load_balancer": True}, ""),
    ],
    ids=["accepted", "dev", "HTTPS", "internal"],
)
def test_what_is_accepted_is_still_printed(
    changes: dict[str, object], printed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An accepted exposure is printed at each deployment; nothing is printed without one."""
    accept_exposure(settings(**changes))
    assert capsys.readouterr().out.strip() == printed


def test_imported_settings_have_the_line_as_a_comment(tmp_path: Path) -> None:
    """Imported settings have the line that accepts the exposure as a comment, for the operator to decide."""
    found = given(find(_tfvars(tmp_path, "prod"), None))
    assert PLAIN_HTTP in written(found, checked(found, None))
    found = given(find(_tfvars(tmp_path, "dev"), None))
    assert PLAIN_HTTP not in written(found, checked(found, None))


def _tfvars(folder: Path, name: str) -> Path:
    path = folder / f"{name}.tfvars"
    path.write_text(TFVARS[name], encoding="utf-8")
    return path
