"""Refused calls of IAM, KMS, Cognito and Secrets Manager."""

from tests.emulator.refused.requests import GONE_KEY, GONE_ROLE, Case, client, mechanisms, of_trust

CASES: tuple[Case, ...] = (
    (
        "cognito-idp:CreateUserPoolDomain",
        lambda w: {"UserPoolId": w.pool, "Domain": "my-amazon"},
        "InvalidParameterException",
        "Domain",
    ),
    (
        "cognito-idp:CreateUserPoolDomain",
        lambda w: {"UserPoolId": w.pool, "Domain": "my-cognito"},
        "InvalidParameterException",
        "Domain",
    ),
    (
        "cognito-idp:CreateUserPoolDomain",
        lambda w: {"UserPoolId": w.pool, "Domain": "other"},
        "InvalidParameterException",
        "UserPoolId",
    ),
    (
        "cognito-idp:CreateUserPoolClient",
        lambda w: client(w, UserPoolId="us-east-1_x"),
        "ResourceNotFoundException",
        "UserPoolId",
    ),
    (
        "cognito-idp:CreateUserPoolClient",
        lambda w: client(w, AllowedOAuthFlows=["client_credentials"], AllowedOAuthScopes=["openid"]),
        "InvalidOAuthFlowException",
        "AllowedOAuthScopes",
    ),
    (
        "cognito-idp:CreateUserPoolClient",
        lambda w: client(w, AllowedOAuthFlows=["code"]),
        "InvalidOAuthFlowException",
        "AllowedOAuthScopes",
    ),
    (
        "cognito-idp:CreateUserPoolClient",
        lambda w: client(
            w, AccessTokenValidity=12, RefreshTokenValidity=1, TokenValidityUnits={"RefreshToken": "hours"}
        ),
        "InvalidParameterException",
        "RefreshTokenValidity",
    ),
    (
        "cognito-idp:CreateUserPool",
        lambda _: mechanisms(("admin_only", 1), ("verified_email", 2)),
        "InvalidParameterException",
        "AccountRecoverySetting",
    ),
    (
        "cognito-idp:CreateUserPool",
        lambda _: mechanisms(("verified_phone_number", 1), ("verified_email", 1)),
        "InvalidParameterException",
        "AccountRecoverySetting",
    ),
    (
        "cognito-idp:CreateResourceServer",
        lambda _: {"UserPoolId": "us-east-1_x", "Identifier": "i", "Name": "n"},
        "ResourceNotFoundException",
        "UserPoolId",
    ),
    (
        "cognito-idp:CreateResourceServer",
        lambda w: {
            "UserPoolId": w.pool,
            "Identifier": "i",
            "Name": "n",
            "Scopes": [{"ScopeName": "a", "ScopeDescription": "d"}] * 2,
        },
        "InvalidParameterException",
        "Scopes",
    ),
    (
        "iam:CreateRole",
        lambda _: {"RoleName": "n", "AssumeRolePolicyDocument": of_trust(Sid="a" * 2049)},
        "LimitExceeded",
        "AssumeRolePolicyDocument",
    ),
    (
        "iam:UpdateAssumeRolePolicy",
        lambda _: {"RoleName": "r", "PolicyDocument": of_trust(Sid="a" * 2049)},
        "LimitExceeded",
        "PolicyDocument",
    ),
    (
        "iam:UpdateAssumeRolePolicy",
        lambda _: {"RoleName": "r", "PolicyDocument": of_trust(Resource="*")},
        "MalformedPolicyDocument",
        "PolicyDocument.Statement[0].Resource",
    ),
    (
        "iam:UpdateAssumeRolePolicy",
        lambda _: {"RoleName": "r", "PolicyDocument": of_trust(Principal={"AWS": [GONE_ROLE]})},
        "MalformedPolicyDocument",
        "PolicyDocument.Statement[0].Principal.AWS[0]",
    ),
    ("kms:CreateAlias", lambda w: {"AliasName": "a", "TargetKeyId": w.key}, "ValidationException", "AliasName"),
    (
        "kms:CreateAlias",
        lambda w: {"AliasName": "alias/aws/a", "TargetKeyId": w.key},
        "NotAuthorizedException",
        "AliasName",
    ),
    (
        "kms:CreateAlias",
        lambda _: {"AliasName": "alias/a", "TargetKeyId": GONE_KEY},
        "NotFoundException",
        "TargetKeyId",
    ),
    (
        "kms:CreateAlias",
        lambda w: {"AliasName": "alias/a", "TargetKeyId": w.gone_key},
        "KMSInvalidStateException",
        "TargetKeyId",
    ),
    ("secretsmanager:CreateSecret", lambda _: {"Name": "a b", "SecretString": "s"}, "ValidationException", "Name"),
)
