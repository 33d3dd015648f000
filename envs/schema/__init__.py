"""The settings of an environment. Environment files import their names from here."""

from constructs_lib.helpers.task.routes import ByModel, Fallback, LoadBalance, Target
from constructs_lib.helpers.usage.teams import Client, ModelPrice
from envs.schema.environment import PIPELINE_SUFFIX, PROVIDER_VERSION_VARIABLE, Environment
from envs.schema.monitoring import Subscription

__all__ = [
    "PIPELINE_SUFFIX",
    "PROVIDER_VERSION_VARIABLE",
    "ByModel",
    "Client",
    "Environment",
    "Fallback",
    "LoadBalance",
    "ModelPrice",
    "Subscription",
    "Target",
]
