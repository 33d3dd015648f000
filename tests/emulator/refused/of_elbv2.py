"""Refused calls of Elastic Load Balancing."""

from tests.emulator.refused.requests import NONE, REDIRECT, Case, attribute, jwt, listener, target_group

CASES: tuple[Case, ...] = (
    (
        "elbv2:CreateLoadBalancer",
        lambda w: {"Name": "n", "Subnets": [w.small_subnet, w.other_subnet]},
        "InvalidSubnet",
        "Subnets[0]",
    ),
    (
        "elbv2:CreateLoadBalancer",
        lambda w: {"Name": "n", "Subnets": w.subnets, "SecurityGroups": [f"sg-{NONE}"]},
        "InvalidSecurityGroup",
        "SecurityGroups[0]",
    ),
    *(
        ("elbv2:CreateTargetGroup", lambda w, one=one: target_group(w, **one), "ValidationError", place)
        for one, place in (
            ({"HealthCheckIntervalSeconds": 301}, "HealthCheckIntervalSeconds"),
            ({"HealthCheckTimeoutSeconds": 121}, "HealthCheckTimeoutSeconds"),
            ({"HealthyThresholdCount": 1}, "HealthyThresholdCount"),
            ({"UnhealthyThresholdCount": 11}, "UnhealthyThresholdCount"),
            ({"HealthCheckPath": "health"}, "HealthCheckPath"),
            ({"Matcher": {"HttpCode": "200-599"}}, "Matcher.HttpCode"),
            ({"Matcher": {"HttpCode": "2000"}}, "Matcher.HttpCode"),
            ({"VpcId": f"vpc-{NONE}"}, "VpcId"),
        )
    ),
    (
        "elbv2:CreateListener",
        lambda w: listener(w, Protocol="HTTPS", Certificates=[{"CertificateArn": "a:iam:b"}] * 2),
        "TooManyCertificates",
        "Certificates",
    ),
    ("elbv2:CreateListener", lambda w: listener(w, LoadBalancerArn="none"), "LoadBalancerNotFound", "LoadBalancerArn"),
    (
        "elbv2:CreateListener",
        lambda w: listener(w, {"Type": "redirect", "RedirectConfig": REDIRECT, "Order": 9}),
        "ValidationError",
        "DefaultActions",
    ),
    *(
        (
            "elbv2:CreateListener",
            lambda w, action=action: listener(
                w, action, Protocol="HTTPS", Certificates=[{"CertificateArn": "arn:aws:iam::1:server-certificate/c"}]
            ),
            "InvalidLoadBalancerAction",
            f"DefaultActions[0].JwtValidationConfig{place}",
        )
        for action, place in (
            ({"Type": "jwt-validation", "Order": 1}, ""),
            (jwt(JwksEndpoint="http://k"), ".JwksEndpoint"),
            (
                jwt(
                    AdditionalClaims=[{"Name": f"n{n}", "Format": "single-string", "Values": ["v"]} for n in range(11)]
                ),
                ".AdditionalClaims",
            ),
            (
                jwt(AdditionalClaims=[{"Name": "n", "Format": "single-string", "Values": ["v" * 257]}]),
                ".AdditionalClaims[0].Values",
            ),
        )
    ),
    (
        "elbv2:SetSubnets",
        lambda w: {"LoadBalancerArn": w.balancer, "Subnets": [w.subnets[0], w.other_subnet]},
        "InvalidConfigurationRequest",
        "Subnets",
    ),
    *(
        (
            f"elbv2:Modify{kind}Attributes",
            lambda w, kind=kind, one=one: attribute(w, kind, *one),
            "InvalidConfigurationRequest",
            place,
        )
        for kind, one, place in (
            ("LoadBalancer", ("idle_timeout", "1"), "Attributes[0].Key"),
            ("LoadBalancer", ("deletion_protection.enabled", "yes"), "Attributes[0].Value"),
            ("LoadBalancer", ("client_keep_alive.seconds", "59"), "Attributes[0].Value"),
            ("LoadBalancer", ("routing.http.desync_mitigation_mode", "off"), "Attributes[0].Value"),
            ("LoadBalancer", ("routing.http.xff_header_processing.mode", "off"), "Attributes[0].Value"),
            ("TargetGroup", ("idle_timeout.timeout_seconds", "1"), "Attributes[0].Key"),
            ("TargetGroup", ("stickiness.enabled", "yes"), "Attributes[0].Value"),
            ("TargetGroup", ("deregistration_delay.timeout_seconds", "3601"), "Attributes[0].Value"),
            ("TargetGroup", ("stickiness.lb_cookie.duration_seconds", "0"), "Attributes[0].Value"),
            ("TargetGroup", ("slow_start.duration_seconds", "901"), "Attributes[0].Value"),
            ("TargetGroup", ("load_balancing.algorithm.type", "none"), "Attributes[0].Value"),
            ("TargetGroup", ("stickiness.type", "none"), "Attributes[0].Value"),
        )
    ),
)
