"""The table of environments shows each setting, what follows from it, and where they differ."""

import sys

from envs import load_environments
from tests.support.synthesized import settings
from views import environments_table
from views.environments_table import Row, markdown, rows

import pytest


def test_the_documents_table() -> None:
    """dev and prod have the values of the Terraform version's table, including bucket and table."""
    shown = {row.name: row for row in rows(load_environments(choice="dev,prod"))}
    assert shown["gateway_cpu"] == Row("gateway_cpu", ("512 CPU units", "1024 CPU units"))
    assert shown["enable_waf"] == Row("enable_waf", ("off", "on"))
    assert shown["certificate_arn"] == Row("certificate_arn", ("—", "—"))
    assert shown["Terraform state bucket"].values == ("ai-gateway-tfstate-dev", "ai-gateway-tfstate-prod")
    assert shown["Portkey gets"].values == ("256 CPU units, 768 MiB", "768 CPU units, 1792 MiB")
    assert shown["Public subnets"].values == ("10.0.1.0/24, 10.0.2.0/24",) * 2
    assert (shown["gateway_cpu"].differs, shown["gateway_desired_count"].differs) == (True, False)


def test_only_what_somebody_changed_gets_a_row() -> None:
    """A setting is omitted only if every environment has its default."""
    names = {row.name for row in rows([settings(), settings(environment="b", max_body_mib=5)])}
    assert "max_body_mib" in names
    assert "max_stream_seconds" not in names


def test_differences_stand_out() -> None:
    """Values that differ are bold in Markdown."""
    lines = markdown([settings(), settings(environment="b", enable_waf=True)]).splitlines()
    assert lines[:3] == ["| Setting | test | b |", "|---|---|---|", "| `environment` | **test** | **b** |"]
    assert "| `aws_region` | eu-west-1 | eu-west-1 |" in lines


def test_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints a table, or Markdown with --markdown; an unknown name gives a one-line error."""
    monkeypatch.setattr(sys, "argv", ["environments_table"])
    assert environments_table.main() == 0
    assert "gateway_cpu" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["environments_table", "--markdown"])
    assert environments_table.main() == 0
    assert capsys.readouterr().out.startswith("| Setting | dev | prod |")
    monkeypatch.setenv("GATEWAY_ENVIRONMENTS", "prd")
    assert environments_table.main() == 1
    assert capsys.readouterr().err == "no environment 'prd': envs/ has dev, prod; did you mean prod?\n"
