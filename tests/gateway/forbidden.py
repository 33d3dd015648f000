"""What a caller may not set: internal addresses, in every spelling, and hooks."""

from tests.gateway.network import PRIVATE

LOOPBACK = (
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "0.0.0.0",  # noqa: S104 (a spelling of loopback)
    "localhost",
    "LOCALHOST",
    "localhost.",
    "ⓛocalhost",
)
INSIDE = (
    "169.254.170.2",
    "169.254.169.254",
    "0xa9feaa02",
    "2852039166",
    "[::ffff:169.254.170.2]",
    "[fd00:ec2::254]",
    PRIVATE,
    "models.internal.example.com",
    "internal-lb-1.eu-west-1.elb.amazonaws.com",
    "bedrock-runtime.eu-west-1.amazonaws.com",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "198.51.100.1",
    "198.18.0.1",
    "224.0.0.1",
)
HOOKS = {
    "before_request_hooks": [
        {"type": "guardrail", "checks": [{"id": "default.regexMatch", "parameters": {"rule": "(a+)+$"}}]}
    ],
    "input_guardrails": [{"default.regexMatch": {"rule": "(a+)+$"}, "deny": True}],
    "output_guardrails": [{"default.webhook": {"webhookURL": "http://169.254.170.2/"}}],
    "afterRequestHooks": [],
    "default_input_guardrails": [],
    "cache": {"mode": "simple"},
}
