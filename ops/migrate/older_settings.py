"""Reads the settings from an older project's files: finds the file, evaluates it and checks the values."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args, get_origin

from envs.common import COMMON
from envs.schema import Environment
from envs.schema.rules import InvalidSettingsError
from ops.aws import OperatorError
from ops.migrate.terragrunt.evaluate import Evaluator
from ops.migrate.terragrunt.functions import ROOT_CONFIGURATION
from ops.migrate.terragrunt.lexer import shown
from ops.migrate.terragrunt.unit import variables
from ops.migrate.terragrunt.variables import SUFFIXES, Assigned, assignments, automatic

import attrs


def _is_on(value: Any) -> bool:
    return str(value).lower() in {"true", "1", "active"}


MEANINGS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "single_nat_gateway": ("nat_gateway_per_az", lambda value: not _is_on(value)),
    "one_nat_gateway_per_az": ("nat_gateway_per_az", _is_on),
    "enable_deletion_protection": ("deletion_protection", _is_on),
    "alb_deletion_protection": ("deletion_protection", _is_on),
    "cognito_deletion_protection": ("deletion_protection", _is_on),
    "user_pool_deletion_protection": ("deletion_protection", _is_on),
}
"""Variables with another name than the setting they stand for: that setting, and the conversion of the value.

The names come from terraform-aws-modules (vpc, alb) and from attributes of hashicorp/aws.
"""
CREDENTIALS = {
    "an AWS access key": r"(?:AKIA|ASIA)[0-9A-Z]{16}",
    "a secret access key": r"(?<![\w/+=.:@-])(?=\w*[A-Z])(?=\w*[a-z])(?=\w*\d)[A-Za-z0-9/+]{40}(?![\w/+=.:@-])",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
    "a provider's API key": r"\b(?:sk|pk|rk)-[\w-]{16,}|\bAIza[\w-]{30,}|\bgsk_\w{20,}|\bhf_\w{20,}",
    "a token": r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-)[\w-]{10,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.",
    "a password in a URL": r"\w+://[^\s/:@]*:[^\s/@]+@",
}
"""Patterns of credentials: AWS (IAM identifiers), model providers, GitHub, GitLab, Slack, and JWTs (RFC 7519)."""

STACK = "terragrunt.stack.hcl"


@attrs.frozen
class Given:
    """What an older file sets: our settings, and the places of its other variables."""

    path: Path
    settings: dict[str, Assigned]
    unknown: dict[str, str]

    @property
    def short(self) -> str:
        """The last two parts of its path, since it goes into a committed file."""
        return re.sub(r"[^\w./ -]", "_", "/".join(self.path.parts[-2:]))

    def place(self, setting: str) -> str:
        """The place where a setting is set; where it is not, the file."""
        return self.settings[setting].place if setting in self.settings else shown(self.path)


def _is_of_variables(path: Path) -> bool:
    return path.name.endswith(SUFFIXES)


def find(source: Path, name: str | None) -> Path:
    """The file or folder to read: `source` itself or the environment's file in it. Raises OperatorError for none."""
    if source.name == STACK:
        source = source.parent
    if source.is_file():
        if _is_of_variables(source) or source.name.endswith(".hcl"):
            return source
        raise OperatorError(f"{source}: must be a .tfvars, .tfvars.json or .hcl file, e.g. {ROOT_CONFIGURATION}")
    if not source.is_dir():
        raise OperatorError(f"{source}: there is no such file or folder")
    named = [source / name / ROOT_CONFIGURATION, *(source / f"{name}{end}" for end in SUFFIXES)] if name else []
    for path in (*named, source / ROOT_CONFIGURATION):
        if path.is_file():
            return path
    for folder in [source / name, source] if name else [source]:
        if automatic(folder):
            return folder
    if (source / STACK).is_file():
        units = sorted(str(path.parent) for path in source.glob(f".terragrunt-stack/**/{ROOT_CONFIGURATION}"))
        raise OperatorError(
            f"{source / STACK}: is a stack of units: {'' if units else 'run `terragrunt stack generate` there, then '}"
            f"pass the gateway's unit, e.g. FROM={' or FROM='.join(units or [f'{source}/.terragrunt-stack/gateway'])}"
        )
    raise OperatorError(
        f"{source}: has neither {ROOT_CONFIGURATION} nor terraform.tfvars: pass a .tfvars file or the folder of a "
        "Terragrunt environment"
    )


def given(path: Path, notes: list[str] | None = None) -> Given:
    """The settings in a .tfvars file, in the .tfvars files of a folder, or in a Terragrunt environment.

    `notes` receives messages for the user about how they were read, even where an error follows. Raises OperatorError
    for files that cannot be read or evaluated.
    """
    evaluator = Evaluator([] if notes is None else notes)
    ours = frozenset(field.name for field in attrs.fields(Environment))
    names = ours | frozenset(MEANINGS)
    if path.is_dir():
        found: dict[str, Assigned] = {}
        for file in automatic(path):
            found |= assignments(evaluator, file, names)
    elif _is_of_variables(path):
        found = assignments(evaluator, path, names)
    else:
        found = variables(evaluator, path.absolute(), names)
    settings = {name: one for name, one in found.items() if name in ours}
    for name, one in found.items():
        if name in MEANINGS:
            _mean(settings, name, one, evaluator.notes)
    return Given(path, settings, {name: one.place for name, one in found.items() if name not in names})


def _mean(settings: dict[str, Assigned], name: str, one: Assigned, notes: list[str]) -> None:
    """Set the setting that a variable stands for, unless it is set itself."""
    setting, rule = MEANINGS[name]
    if setting in settings:
        notes.append(f"{one.place}: {name} was ignored, because {setting} is set at {settings[setting].place}")
        return
    settings[setting] = one if one.unknown or one.value is None else Assigned(one.place, rule(one.value))
    notes.append(f"{one.place}: {name} was imported as {setting}={settings[setting].value}")


def converted(value: Any, wanted: Any) -> Any:
    """A value converted to a type as Terraform converts variables; unchanged where Terraform would not convert it."""
    if get_origin(wanted) is tuple:
        item = get_args(wanted)[0]
        if isinstance(value, str) and value.startswith("["):  # from -var
            value = json.loads(value)
        return tuple(converted(one, item) for one in value) if isinstance(value, list) else value
    text = value if isinstance(value, str) else json.dumps(value)
    if wanted is str and isinstance(value, bool | int | float):
        return text.removesuffix(".0")
    if wanted is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(text, value)
    return int(float(text)) if wanted is int and re.fullmatch(r"-?\d+(\.0*)?", text) else value


def _credential(value: Any) -> str | None:
    """The kind of credential that a value looks like; None for none."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return next((kind for kind, pattern in CREDENTIALS.items() if re.search(pattern, text)), None)


def checked(found: Given, name: str | None) -> dict[str, Any]:
    """The settings as valid Python values. Raises OperatorError with every problem, one line each."""
    if problems := [str(one.unknown) for one in found.settings.values() if one.unknown]:
        raise OperatorError("\n".join(dict.fromkeys(problems)))
    types = {field.name: field.type for field in attrs.fields(Environment)}
    # Terraform treats null as not set and takes the default.
    values = {
        setting: converted(one.value, types[setting])
        for setting, one in found.settings.items()
        if one.value is not None
    }
    looks = {setting: kind for setting, value in values.items() if (kind := _credential(value))}
    if looks:
        raise OperatorError("\n".join(
            f"{found.place(setting)}: {setting}: looks like {kind}, which is never copied: remove it there, and store "
            "it with `make secrets`" for setting, kind in looks.items()
        ))  # fmt: skip
    if "environment" not in values:
        if name is None:
            raise OperatorError(f"{found.place('environment')}: does not set environment: pass NAME=<environment>")
        values["environment"] = name
    if name is not None and name != values["environment"]:
        raise OperatorError(
            f"{found.place('environment')}: environment={values['environment']!r}: differs from NAME={name}: omit NAME"
        )
    try:
        Environment(**{**COMMON, **values})
    except InvalidSettingsError as error:
        raise OperatorError("\n".join(f"{found.place(one.setting)}: {one}" for one in error.problems)) from None
    return values
