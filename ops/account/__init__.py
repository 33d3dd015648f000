"""The AWS account: pipeline roles, quotas, what is deployed, checks before a deployment."""
