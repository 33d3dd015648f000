"""The strict judge: what a request must keep before the embedded AWS answers it.

`shapes` holds a request against botocore's service model, the modules of `judge.rules` against what AWS enforces beyond
it. A refusal names the operation, the member, its value and the rule, with the code of the service.
"""
