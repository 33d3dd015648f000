"""The judge: checks each request as AWS would, before moto answers it.

`shapes` checks it against botocore's service model, `judge.rules` against what AWS enforces in addition. A refusal has
the service's error code, and names the operation, the member, its value and the rule.
"""
