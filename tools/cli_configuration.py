"""Restricts the user's Terraform CLI configuration to the one provider that the stacks need.

Anyone who can write to a state can name a provider in it, and `terraform init` would download and run that provider. So
each run of Terraform gets a configuration derived from the user's own, with the same installation methods, mirrors,
cache and credentials, limited to registry.terraform.io/hashicorp/aws. Which files Terraform reads, and in which
order, is in its documentation ("CLI Configuration File") and in its source (command/cliconfig).
"""

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.private import private_file

import attrs

HOST, NAMESPACE, TYPE = PROVIDER = ("registry.terraform.io", "hashicorp", "aws")
ADDRESS = "/".join(PROVIDER)
FILE = "terraform.rc"
INSTALLATION, OVERRIDES = "provider_installation", "dev_overrides"
LABELLED = frozenset({"credentials", "credentials_helper", "host"})
UNUSED = frozenset({"providers", "provisioners", "__comments__"})
"""Keys to leave out: two of Terraform before 0.13, which newer releases ignore, and one that hcl2 adds."""
Body = Mapping[str, Any]


class CliConfigurationError(Exception):
    """The user's CLI configuration cannot be restricted; the message says where and what to do."""


@attrs.frozen
class Block:
    """A top-level block. Values are HCL source: a string includes its quotes."""

    type: str
    label: str
    body: Body


@attrs.frozen
class Configuration:
    """The content of one configuration file, or of several together."""

    attributes: Mapping[str, Any] = attrs.field(factory=dict)
    blocks: tuple[Block, ...] = ()

    def then(self, other: "Configuration") -> "Configuration":
        """This configuration with another file's added; an attribute that is in both keeps its value here."""
        return Configuration({**other.attributes, **self.attributes}, (*self.blocks, *other.blocks))


def names_the_provider(pattern: str) -> bool:
    """Whether a provider address, or a pattern of an `include` list, matches hashicorp/aws."""
    parts = pattern.lower().split("/")
    whole = [*PROVIDER[: len(PROVIDER) - len(parts)], *parts]
    return len(whole) == len(PROVIDER) and all(part in ("*", own) for part, own in zip(whole, PROVIDER, strict=True))


def _quoted(value: object) -> object:
    """A JSON value as HCL source."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return [_quoted(one) for one in value]
    return {json.dumps(key): _quoted(one) for key, one in value.items()} if isinstance(value, dict) else value


def _each(value: Any) -> list[Any]:  # noqa: ANN401 (JSON)
    return value if isinstance(value, list) else [value]


def _from_json(text: str) -> Configuration:
    attributes, blocks = {}, []
    for key, value in json.loads(text).items():
        if key in LABELLED:
            found = [pair for one in _each(value) for pair in one.items()]
            blocks += [
                Block(key, json.dumps(label), {name: _quoted(one) for name, one in body.items()})
                for label, body in found
            ]
        elif key == INSTALLATION:
            for one in _each(value):
                body = {
                    method: _quoted(given)
                    if method == OVERRIDES
                    else [{name: _quoted(item) for name, item in each.items()} for each in _each(given)]
                    for method, given in one.items()
                }
                blocks.append(Block(key, "", body))
        else:
            attributes[key] = _quoted(value)
    return Configuration(attributes, tuple(blocks))


def _from_hcl(text: str) -> Configuration:
    import hcl2  # noqa: PLC0415 (takes 0.2 s, and most users have no such file)

    # Terraform reads these files as HCL 1, where a block may have quoted names. In HCL 2 only a map may.
    document = hcl2.loads(re.sub(rf"\b{OVERRIDES}\s*\{{", f"{OVERRIDES} = {{", text) + "\n")
    attributes, blocks = {}, []
    for key, value in document.items():
        if not (isinstance(value, list) and all(isinstance(one, dict) for one in value)):
            attributes[key] = value
            continue
        for one in value:
            if key in LABELLED:
                blocks += [Block(key, label, body) for label, body in one.items()]
            else:
                blocks.append(Block(key, "", one))
    return Configuration(attributes, tuple(blocks))


def read(path: Path) -> Configuration:
    """The content of a file. Raises CliConfigurationError where it is not valid."""
    text = path.read_text(encoding="utf-8")
    try:
        return _from_json(text) if text.lstrip().startswith("{") else _from_hcl(text)
    except Exception as error:  # noqa: BLE001 (hcl2 raises what its parser does)
        told = str(error).strip().splitlines() or [type(error).__name__]
        raise CliConfigurationError(
            f"{path}: this Terraform CLI configuration is not valid, so Terraform cannot be restricted to {ADDRESS}: "
            f"{told[0]}; correct the file, or set TF_CLI_CONFIG_FILE to another one"
        ) from None


def files(environ: Mapping[str, str]) -> list[Path]:
    """The CLI configuration files that Terraform would read, in its order."""
    home = Path.home()
    named = environ.get("TF_CLI_CONFIG_FILE") or environ.get("TERRAFORM_CONFIG")
    folder = home / ".terraform.d"
    more = sorted(path for path in folder.glob("*") if path.name.endswith((".tfrc", ".tfrc.json")))
    found = [Path(named)] if named else [home / ".terraformrc", *more]
    return [path for path in found if path.is_file()]


def implied_mirrors(environ: Mapping[str, str]) -> Iterator[Path]:
    """The folders in which Terraform looks for providers without a `provider_installation` block."""
    home = Path.home()
    yield home / ".terraform.d" / "plugins"
    if sys.platform == "darwin":
        yield from (root / "Library/Application Support/io.terraform/plugins" for root in (home, Path("/")))
        return
    yield Path(environ.get("XDG_DATA_HOME") or home / ".local/share") / "terraform/plugins"
    for folder in (environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(os.pathsep):
        yield Path(folder) / "terraform/plugins"


def _implied(environ: Mapping[str, str]) -> Body:
    """Terraform's default without `provider_installation`: from an implied mirror that has it, else the registry."""
    having = [folder for folder in implied_mirrors(environ) if (folder / ADDRESS).is_dir()]
    if having:
        return {"filesystem_mirror": [{"path": json.dumps(str(folder), ensure_ascii=False)} for folder in having]}
    return {"direct": [{}]}


def _plain(literal: str) -> str:
    return literal.strip('"')


def _limited(body: Body) -> Iterator[tuple[str, Body]]:
    """The installation methods that may install the provider, each restricted to it."""
    for method, given in body.items():
        if method == OVERRIDES:
            kept = {name: path for name, path in given.items() if names_the_provider(_plain(name))}
            if kept:
                yield method, kept
        elif isinstance(given, list):
            for one in given:
                included, excluded = (
                    [names_the_provider(_plain(pattern)) for pattern in one.get(key, [])]
                    for key in ("include", "exclude")
                )
                if (not included or any(included)) and not any(excluded):
                    yield method, {**one, "include": [json.dumps(ADDRESS)], "exclude": []}


def _value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return "{\n" + "".join(f"{key} = {_value(one)}\n" for key, one in value.items()) + "}"
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _lines(body: Body) -> str:
    return "".join(
        f"{key} = {_value(value)}\n"
        for key, value in body.items()
        if key != "__is_block__" and not (key in {"include", "exclude"} and not value)
    )


def methods(environ: Mapping[str, str], found: Configuration | None = None) -> list[tuple[str, Body]]:
    """The installation methods for the provider, in order, from the user's files or from `found`.

    Raises CliConfigurationError for more than one `provider_installation` block.
    """
    blocks = (found or _whole(files(environ))).blocks
    installations = [block.body for block in blocks if block.type == INSTALLATION]
    if len(installations) > 1:
        raise CliConfigurationError(
            f"{', '.join(map(str, files(environ)))}: {len(installations)} {INSTALLATION} blocks, but Terraform accepts "
            "one: remove the others"
        )
    return list(_limited(installations[0] if installations else _implied(environ)))


def limited(found: Configuration, environ: Mapping[str, str]) -> str:
    """The text of a configuration that installs hashicorp/aws only. Raises CliConfigurationError as `methods` does."""
    kept = [block for block in found.blocks if block.type != INSTALLATION and block.type not in UNUSED]
    return (
        _lines({key: value for key, value in found.attributes.items() if key not in UNUSED})
        + "".join(f"{block.type} {block.label} {{\n{_lines(block.body)}}}\n" for block in kept)
        + f"{INSTALLATION} {{\n"
        + "".join(f"{method} {{\n{_lines(body)}}}\n" for method, body in methods(environ, found))
        + "}\n"
    )


def _whole(paths: Iterable[Path]) -> Configuration:
    found = Configuration()
    for path in paths:
        found = found.then(read(path))
    return found


def write(folder: Path, environ: Mapping[str, str]) -> Path:
    """Write the restricted configuration into a folder, readable by its owner only (it may hold tokens); its path.

    Raises CliConfigurationError where the user's files are not valid.
    """
    text = limited(_whole(files(environ)), environ)
    with private_file(folder / FILE) as file:
        file.write(text)
    return folder / FILE


def plugin_cache(environ: Mapping[str, str]) -> Path | None:
    """The user's plugin cache, from TF_PLUGIN_CACHE_DIR or a configuration file; None without one."""
    if named := environ.get("TF_PLUGIN_CACHE_DIR"):
        return Path(named)
    held = _whole(files(environ)).attributes.get("plugin_cache_dir")
    return Path(os.path.expandvars(_plain(held))) if held else None
