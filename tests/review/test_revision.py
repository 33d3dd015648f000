"""Each side of a review runs the code of its own revision."""

import json
from pathlib import Path

from review.revision import synthesized

import pytest

MAIN = """import json, os, pathlib
output = pathlib.Path(os.environ["CDKTF_OUTDIR"])
(output / "manifest.json").write_text('{"stacks": {}}')
(output / "seen.json").write_text(json.dumps(dict(os.environ)))
"""


def test_the_code_of_a_revision_gets_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The code of a revision finds no credentials of the operator or workflow in its environment."""
    project, output = tmp_path / "base", tmp_path / "out"
    (project / "envs").mkdir(parents=True)
    output.mkdir()
    (project / "main.py").write_text(MAIN, encoding="utf-8")
    (project / "envs" / "__init__.py").write_text("def load_environments(choice): return []\n", encoding="utf-8")
    (project / "envs" / "schema.py").write_text("class Environment: ...\n", encoding="utf-8")
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "GH_TOKEN", "GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
        monkeypatch.setenv(name, "operators-own")
    monkeypatch.setenv("LC_EXAMPLE", "kept")
    synthesized(project, output, name="base")
    seen = json.loads((output / "seen.json").read_text(encoding="utf-8"))
    assert [name for name, value in seen.items() if value == "operators-own"] == []
    assert seen["LC_EXAMPLE"] == "kept"
