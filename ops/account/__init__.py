"""The AWS account: checks before a deployment, quotas, pipeline roles, and a description of what is deployed."""
