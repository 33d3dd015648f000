"""A state that names a provider of somebody else."""

from typing import Any

EVIL: dict[str, Any] = {
    "version": 4,
    "terraform_version": "1.11.4",
    "serial": 1,
    "lineage": "x",
    "resources": [
        {
            "mode": "managed",
            "type": "evil_thing",
            "name": "x",
            "provider": 'provider["registry.terraform.io/attacker/evil"]',
            "instances": [{"schema_version": 0, "attributes": {"id": "x"}}],
        }
    ],
}
