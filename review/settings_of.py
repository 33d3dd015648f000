"""Prints the settings of every environment as JSON, for the project on PYTHONPATH.

It runs with the code of either side of a review, so it uses only APIs that every revision has.
"""

import json

from envs import load_environments
from envs.schema import Environment

import attrs

print(
    json.dumps(
        {
            environment.environment: {
                field.name: {
                    "value": repr(getattr(environment, field.name)),
                    "means": field.metadata.get("means", ""),
                    "is_default": getattr(environment, field.name) == field.default,
                }
                for field in attrs.fields(Environment)
            }
            for environment in load_environments(choice="")
        }
    )
)
