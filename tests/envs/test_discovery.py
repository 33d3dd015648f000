"""Environments are found by their files, and all their problems are reported at once."""

import os
from pathlib import Path

from envs import EnvironmentsError, environment_names, load_environments
from tests.support.environments import STAGING

import pytest


def write(folder: Path, **files: str) -> Path:
    """Write environment files, by name."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


def as_environment(name: str) -> str:
    """The staging file under another environment name."""
    return STAGING.replace('"staging"', f'"{name}"').replace("ai-gateway-staging", f"ai-gateway-{name}")


def lines(folder: Path, choice: str = "") -> list[str]:
    """The problems reported for a folder."""
    with pytest.raises(EnvironmentsError) as caught:
        load_environments(folder, choice=choice)
    return caught.value.lines


def test_dev_and_prod_are_there() -> None:
    """The project includes the two environments of the Terraform version."""
    assert {"dev", "prod"} <= set(environment_names())


def test_a_third_environment_is_one_file(tmp_path: Path) -> None:
    """A new file is a new environment. The package's own modules are not environments."""
    write(tmp_path, staging=STAGING, common="", schema="", __init__="")
    assert [environment.environment for environment in load_environments(tmp_path, choice="")] == ["staging"]


def test_only_the_chosen_files_are_read(tmp_path: Path) -> None:
    """A colleague's broken file does not prevent you from fixing another environment."""
    write(tmp_path, staging=STAGING, broken="this is no Python")
    assert [environment.environment for environment in load_environments(tmp_path, choice=" staging ,")] == ["staging"]


def test_the_variable_chooses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GATEWAY_ENVIRONMENTS names the environments to build."""
    write(tmp_path, staging=STAGING, broken="this is no Python")
    monkeypatch.setenv("GATEWAY_ENVIRONMENTS", "staging")
    assert len(load_environments(tmp_path)) == 1


def test_an_unknown_choice_lists_what_there_is(tmp_path: Path) -> None:
    """The error for an unknown environment lists the existing ones."""
    write(tmp_path, staging=STAGING, dev="")
    assert lines(tmp_path, "stagin") == ["no environment 'stagin': envs/ has dev, staging; did you mean staging?"]


def test_all_problems_of_all_files_are_reported_together(tmp_path: Path) -> None:
    """Each problem is one line with its file, for every kind of problem."""
    write(
        tmp_path,
        a_syntax="x = (",
        b_nothing="",
        c_other="ENVIRONMENT = 3",
        d_raises="raise OSError('first\\nsecond')",
        e_exits="import sys; sys.exit(3)",
        fname=STAGING,
        g_settings=STAGING.replace("2048", "900").replace("us-east-1", "moon"),
    )
    found = lines(tmp_path)
    write_it = "; write ENVIRONMENT = Environment(**COMMON, …)"
    assert found[:6] == [
        "envs/a_syntax.py:1: syntax error: '(' was never closed",
        f"envs/b_nothing.py: defines no ENVIRONMENT{write_it}",
        f"envs/c_other.py: ENVIRONMENT is of type int{write_it}",
        "envs/d_raises.py:1: raises OSError: first second",
        "envs/e_exits.py:1: raises SystemExit: 3",
        "envs/fname.py: environment='staging': must be 'fname', the name of its file",
    ]
    assert [line.partition("=")[0] for line in found[6:]] == [
        "envs/g_settings.py: aws_region",
        "envs/g_settings.py: gateway_memory",
        "envs/g_settings.py: the file's name must be lower-case letters, digits and hyphens, with no hyphen at either end: "
        "name it staging.py",
    ]


def test_names_are_compared_while_other_settings_are_wrong(tmp_path: Path) -> None:
    """The file's name and values that two environments share are checked even if other settings are invalid."""
    copied = as_environment("dev").replace("2048", "900")
    write(tmp_path, dev=as_environment("dev"), staging=copied)
    memory = "gateway_memory=900: with gateway_cpu=1024 Fargate takes 2048 to 8192 MiB in steps of 1024"
    prefix = "cognito_domain_prefix='ai-gateway-dev' in us-east-1 is already used by envs/dev.py; choose another prefix"
    assert lines(tmp_path) == [
        f"envs/staging.py: {memory}",
        "envs/staging.py: environment='dev': must be 'staging', the name of its file",
        f"envs/staging.py: {prefix}",
    ]
    write(tmp_path, staging=copied.replace('"dev"', '"staging"'))
    assert lines(tmp_path) == [f"envs/staging.py: {memory}", f"envs/staging.py: {prefix}"]
    write(tmp_path, staging=as_environment("dev"))
    assert lines(tmp_path) == [
        "envs/staging.py: environment='dev': must be 'staging', the name of its file",
        f"envs/staging.py: {prefix}",
    ]
    write(tmp_path, staging=copied.replace('"us-east-1"', '"moon"').replace('"dev"', '"Dev"'))
    assert [line.partition(": ")[2].partition("=")[0] for line in lines(tmp_path)] == [
        "environment",
        "aws_region",
        "gateway_memory",
    ]


def test_a_file_name_that_no_environment_can_have(tmp_path: Path) -> None:
    """The advice for the value, lower case, and the advice for the file do not contradict each other."""
    write(tmp_path, Staging=STAGING)
    assert lines(tmp_path) == [
        "envs/Staging.py: the file's name must be lower-case letters, digits and hyphens, with no hyphen at either end: "
        "name it staging.py"
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "**COMMON,",
            '**COMMON,\n    portkey_image="portkeyai/gateway:1.15.1",',
            'portkey_image is set twice, in COMMON and here: write Environment(**(COMMON | {"portkey_image": …}), …) '
            "and delete portkey_image= below",
        ),
        (
            "enable_waf=True",
            "enable_waf=Tru",
            "the name Tru is not defined; did you mean True?",
        ),
        (
            "from envs.common",
            "from env.common",
            "no module named env; did you mean envs?",
        ),
        *(
            ("enable_waf=True", f"enable_waf={name}", f"the name {name} is not defined; did you mean {value}?")
            for name, value in (("yes", "True"), ("FALSE", "False"), ("null", "None"))
        ),
        ("enable_waf=True", "enable_waf=enabled", "the name enabled is not defined"),
        ("**COMMON,", "**COMON,", "the name COMON is not defined; did you mean COMMON?"),
        (
            "import Environment",
            "import Enviroment",
            "envs.schema has no name Enviroment; did you mean Environment?",
        ),
        ("import COMMON", "import SHARED", "envs.common has no name SHARED"),
        ("from envs.common", "import requestz\nfrom envs.common", "no module named requestz"),
    ],
)
def test_an_error_of_a_file_has_its_line_and_a_suggestion(tmp_path: Path, old: str, new: str, said: str) -> None:
    """The error has the line number and a suggestion, which Python's own message lacks."""
    write(tmp_path, staging=STAGING.replace(old, new, 1))
    (found,) = lines(tmp_path)
    prefix, _, message = found.partition(".py:")
    assert prefix == "envs/staging"
    assert message.partition(": ")[2] == said
    assert message.partition(": ")[0].isdigit()


def test_a_shared_setting_is_overridden_as_the_message_says(tmp_path: Path) -> None:
    """An environment can override a shared setting with a copy of COMMON."""
    write(tmp_path, staging=STAGING.replace("**COMMON,", '**(COMMON | {"portkey_image": "portkeyai/gateway:1.15.1"}),'))
    (environment,) = load_environments(tmp_path, choice="")
    assert environment.portkey_image == "portkeyai/gateway:1.15.1"


def test_two_environments_may_not_share_a_state_bucket(tmp_path: Path) -> None:
    """Two environments whose project and environment names give the same bucket name are refused."""
    one = as_environment("b").replace("**COMMON,", '**{**COMMON, "project_name": "x-tfstate-a"},')
    other = as_environment("a-tfstate-b").replace("**COMMON,", '**{**COMMON, "project_name": "x"},')
    write(tmp_path, **{"b": one, "a-tfstate-b": other})
    assert lines(tmp_path) == [
        "envs/b.py: state bucket x-tfstate-a-tfstate-b is already used by envs/a-tfstate-b.py; change project_name or "
        "environment",
    ]


def test_two_environments_may_not_share_a_prefix_or_cognito_domain(tmp_path: Path) -> None:
    """What AWS would refuse in the second environment is refused here, and the message names the first."""
    one = as_environment("dev")
    other = as_environment("gateway-dev").replace("**COMMON,", '**{**COMMON, "project_name": "ai"},')
    write(tmp_path, **{"dev": one, "gateway-dev": other.replace("ai-gateway-gateway-dev", "ai-gateway-dev")})
    assert lines(tmp_path) == [
        "envs/gateway-dev.py: cognito_domain_prefix='ai-gateway-dev' in us-east-1 is already used by envs/dev.py; choose "
        "another prefix",
        "envs/gateway-dev.py: the name prefix ai-gateway-dev is already used by envs/dev.py; change project_name or "
        "environment",
    ]


def test_an_empty_folder_says_how_to_begin(tmp_path: Path) -> None:
    """The error for a folder without environments says how to add one."""
    assert lines(tmp_path) == [f"{tmp_path.name}/: has no environment file; copy the README's example to envs/dev.py"]


def test_an_environment_in_a_subfolder_is_named(tmp_path: Path) -> None:
    """An environment in a subfolder is reported, because it is not loaded. Other Python files there are allowed."""
    for name in ("extra", "tools", "schema"):
        (tmp_path / name / "inner").mkdir(parents=True)
    write(tmp_path / "extra" / "inner", staging=STAGING)
    write(tmp_path / "tools", helper="x = 1")
    write(tmp_path / "schema", example=STAGING)
    said = "envs/extra/inner/staging.py: is not loaded from a subfolder: move it to envs/staging.py or elsewhere"
    begin = f"{tmp_path.name}/: has no environment file; copy the README's example to envs/dev.py"
    assert lines(tmp_path) == [begin, said]
    write(tmp_path, dev=as_environment("dev"))
    assert lines(tmp_path) == [said]
    assert lines(tmp_path, "staging") == ["no environment 'staging': envs/ has dev", said]
    assert len(load_environments(tmp_path, choice="dev")) == 1


def test_an_edit_counts_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit counts even if the file keeps its time and length, for which Python would reuse old bytecode."""
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    path = write(tmp_path, staging=STAGING) / "staging.py"
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert load_environments(tmp_path, choice="")[0].aws_region == "us-east-1"
    path.write_text(STAGING.replace("us-east-1", "us-west-2"), encoding="utf-8")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    (changed,) = load_environments(tmp_path, choice="")
    assert (changed.aws_region, [one.name for one in tmp_path.iterdir()]) == ("us-west-2", ["staging.py"])


def test_an_environment_may_not_be_called_like_a_pipeline(tmp_path: Path) -> None:
    """The name of another environment's pipeline is refused, because both stacks would have the same name."""
    named = as_environment("dev-pipeline")
    write(tmp_path, **{"dev": as_environment("dev"), "dev-pipeline": named})
    assert len(load_environments(tmp_path, choice="")) == 2
    owner = as_environment("dev").replace("    enable_waf", '    github_repository="a/b",\n    enable_waf')
    write(tmp_path, dev=owner)
    assert lines(tmp_path) == [
        "envs/dev-pipeline.py: the stack dev-pipeline is already used by envs/dev.py; rename one of them"
    ]
