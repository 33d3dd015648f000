"""Terragrunt's own functions, which Terraform lacks (Terragrunt's documentation, "Functions")."""

import os
import platform
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ops.migrate.terragrunt.scope import Scope

ROOT_CONFIGURATION = "terragrunt.hcl"
UNKNOWN_FUNCTIONS = {
    "run_cmd": "it runs a program",
    "sops_decrypt_file": "it decrypts a file",
    "get_aws_account_alias": "it calls AWS",
    "get_aws_account_id": "it calls AWS",
    "get_aws_caller_identity_arn": "it calls AWS",
    "get_aws_caller_identity_user_id": "it calls AWS",
    "get_terraform_command": "it depends on Terragrunt's command",
    "get_terraform_cli_args": "it depends on Terragrunt's command",
    "get_terragrunt_source_cli_flag": "it depends on Terragrunt's command",
    "get_working_dir": "it is in Terragrunt's cache",
    "get_default_retryable_errors": "it depends on Terragrunt's release",
    "render_config": "it depends on Terragrunt's release",
    "constraint_check": "it depends on Terragrunt's release",
    "mark_glob_as_read": "it depends on Terragrunt's release",
}
"""Functions whose results do not follow from the files, and why."""
FILE_FUNCTIONS = frozenset({"file", "fileexists", "filebase64", "filemd5", "filesha1", "filesha256", "filesha512",
                            "filebase64sha256", "filebase64sha512", "fileset", "templatefile"})  # fmt: skip
"""Terraform functions whose first argument is a path, which Terragrunt resolves from the folder of the file."""


class CallError(Exception):
    """A function fails; the message says why, but not where."""


def _above(scope: "Scope", name: str) -> str | None:
    """The first file of this name in the folders above the configuration's own."""
    return next((str(one / name) for one in scope.config.parent.parents if (one / name).exists()), None)


def _find_in_parent_folders(scope: "Scope", *arguments: str) -> str:
    name = arguments[0] if arguments and arguments[0] else ROOT_CONFIGURATION
    if found := _above(scope, name):
        return found
    if len(arguments) < 2:
        raise CallError(f"there is no {name} in the folders above {scope.config.parent.name}/")
    fallback = arguments[1]
    if not (scope.config.parent / fallback).exists() and (found := _above(scope, fallback)):
        # The Terraform version of this gateway passes such a fallback.
        scope.note(f"terragrunt would read {fallback} in the unit's folder, which has none; the one above it was read")
        return found
    return fallback


def _get_env(scope: "Scope", name: str, *default: str) -> str:
    if name in os.environ:
        scope.note(f"{name} comes from your environment")
        return os.environ[name]
    if not default:
        raise CallError(f"{name} is not set in your environment: export it as for terragrunt")
    scope.note(f"{name} is not set in your environment: used the default of get_env")
    return default[0]


def _repository(scope: "Scope") -> Path:
    for folder in scope.config.parents:
        if (folder / ".git").exists():
            return folder
    raise CallError("the files are not in a Git repository")


def _path_relative_to_include(scope: "Scope", label: str | None = None) -> str:
    included = scope.included(label)
    return os.path.relpath(scope.config.parent, included.parent) if included else "."


def _path_relative_from_include(scope: "Scope", label: str | None = None) -> str:
    included = scope.included(label)
    return os.path.relpath(included.parent, scope.config.parent) if included else "."


def _get_parent_terragrunt_dir(scope: "Scope", label: str | None = None) -> str:
    return os.path.normpath(scope.config.parent / _path_relative_from_include(scope, label))


def deep_merged(lower: Any, higher: Any) -> Any:
    """Terragrunt's deep merge: objects are merged by member, lists are joined, otherwise `higher` counts."""
    if isinstance(lower, dict) and isinstance(higher, dict):
        both = {name: deep_merged(lower[name], higher[name]) for name in lower if name in higher}
        return {**lower, **higher, **both}
    if isinstance(lower, list) and isinstance(higher, list):
        return lower + higher
    return higher


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "find_in_parent_folders": _find_in_parent_folders,
    "path_relative_to_include": _path_relative_to_include,
    "path_relative_from_include": _path_relative_from_include,
    "get_env": _get_env,
    "get_platform": lambda _: platform.system().lower(),
    "get_repo_root": lambda scope: str(_repository(scope)),
    "get_path_from_repo_root": lambda scope: os.path.relpath(scope.config.parent, _repository(scope)),
    "get_path_to_repo_root": lambda scope: os.path.relpath(_repository(scope), scope.config.parent),
    "get_terragrunt_dir": lambda scope: str(scope.config.parent),
    "get_original_terragrunt_dir": lambda scope: str(scope.original.parent),
    "get_parent_terragrunt_dir": _get_parent_terragrunt_dir,
    "get_terraform_commands_that_need_vars": lambda _: [
        "apply",
        "console",
        "destroy",
        "import",
        "plan",
        "push",
        "refresh",
    ],
    "get_terraform_commands_that_need_locking": lambda _: [
        "apply",
        "destroy",
        "import",
        "plan",
        "refresh",
        "taint",
        "untaint",
    ],
    "get_terraform_commands_that_need_input": lambda _: ["apply", "import", "init", "plan", "refresh"],
    "get_terraform_commands_that_need_parallelism": lambda _: ["apply", "plan", "destroy"],
    "mark_as_read": lambda _, path: path,
    "deep_merge": lambda _, *values: reduce(deep_merged, values, {}),
}
"""Each takes the scope of the calling file and the arguments, and returns a value. Raises CallError."""
READERS = frozenset({"read_terragrunt_config", "read_tfvars_file"})
"""Functions that read another file, which is evaluated together with the calling one."""
TERRAGRUNT = frozenset(FUNCTIONS) | READERS | frozenset(UNKNOWN_FUNCTIONS)
