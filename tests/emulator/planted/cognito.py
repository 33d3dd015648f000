"""Planted faults of Cognito, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin

COGNITO = "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/"


def server(aws: Account) -> str:
    """A user pool with the gateway's resource server."""
    pool = aws.pool()
    scope = {"ScopeName": "invoke", "ScopeDescription": "Send requests to models"}
    aws.cognito_idp.create_resource_server(
        UserPoolId=pool, Identifier="https://gateway.internal", Name="gateway", Scopes=[scope]
    )
    return pool


def client(pool: str, **changes: object) -> dict[str, object]:
    """The parameters of a client that uses the client credentials flow."""
    return {
        "UserPoolId": pool,
        "ClientName": "gateway",
        "GenerateSecret": True,
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthScopes": ["https://gateway.internal/invoke"],
        **changes,
    }


@twin
def client_with_credentials(aws: Account) -> Call:
    """A client with a secret and a scope of the pool's resource server is accepted."""
    pool = server(aws)
    return lambda: aws.cognito_idp.create_user_pool_client(**client(pool))


@fault("InvalidOAuthFlowException", "client_credentials", COGNITO + "API_CreateUserPoolClient.html")
def client_credentials_without_a_secret(aws: Account) -> Call:
    """The client credentials flow needs a client secret."""
    pool = server(aws)
    return lambda: aws.cognito_idp.create_user_pool_client(**client(pool, GenerateSecret=False))


@fault("InvalidOAuthFlowException", "client_credentials", COGNITO + "API_CreateUserPoolClient.html")
def client_credentials_with_code(aws: Account) -> Call:
    """The client credentials flow cannot be combined with other flows."""
    pool = server(aws)
    wrong = client(
        pool,
        AllowedOAuthFlows=["client_credentials", "code"],
        CallbackURLs=["https://gateway.example.com"],
        SupportedIdentityProviders=["COGNITO"],
    )
    return lambda: aws.cognito_idp.create_user_pool_client(**wrong)


@fault("ScopeDoesNotExistException", "https://gateway.internal/admin", COGNITO + "API_CreateUserPoolClient.html")
def scope_that_no_resource_server_has(aws: Account) -> Call:
    """A custom scope must belong to a resource server of the pool."""
    pool = server(aws)
    wrong = client(pool, AllowedOAuthScopes=["https://gateway.internal/admin"])
    return lambda: aws.cognito_idp.create_user_pool_client(**wrong)


@fault("InvalidParameterException", "validity", COGNITO + "API_CreateUserPoolClient.html", semantic=False)
def access_token_of_two_days(aws: Account) -> Call:
    """An access token is valid for 5 minutes to 1 day."""
    pool = server(aws)
    wrong = client(pool, AccessTokenValidity=2, TokenValidityUnits={"AccessToken": "days"})
    return lambda: aws.cognito_idp.create_user_pool_client(**wrong)


@fault("InvalidParameterException", "reserved word", COGNITO + "API_CreateUserPoolDomain.html", semantic=False)
def domain_with_a_reserved_word(aws: Account) -> Call:
    """A domain prefix must not contain aws, amazon or cognito."""
    pool = aws.pool()
    return lambda: aws.cognito_idp.create_user_pool_domain(UserPoolId=pool, Domain="planted-aws-gateway")


@fault("InvalidParameterException", "already associated", COGNITO + "API_CreateUserPoolDomain.html")
def domain_of_another_pool(aws: Account) -> Call:
    """A domain prefix is unique in a region."""
    aws.cognito_idp.create_user_pool_domain(UserPoolId=aws.pool(), Domain="planted-gateway")
    other = aws.pool()
    return lambda: aws.cognito_idp.create_user_pool_domain(UserPoolId=other, Domain="planted-gateway")


@twin
def domains_of_two_pools(aws: Account) -> Call:
    """Two pools with different domain prefixes are accepted."""
    aws.cognito_idp.create_user_pool_domain(UserPoolId=aws.pool(), Domain="planted-gateway")
    other = aws.pool()
    return lambda: aws.cognito_idp.create_user_pool_domain(UserPoolId=other, Domain="planted-gateway-two")


@fault("InvalidParameterException", "domain", COGNITO + "API_DeleteUserPool.html")
def pool_with_a_domain_deleted(aws: Account) -> Call:
    """The domain of a pool must be deleted before the pool."""
    pool = aws.pool()
    aws.cognito_idp.create_user_pool_domain(UserPoolId=pool, Domain="planted-gateway")
    return lambda: aws.cognito_idp.delete_user_pool(UserPoolId=pool)


@fault("InvalidParameterException", "deletion protection", COGNITO + "API_DeleteUserPool.html")
def protected_pool_deleted(aws: Account) -> Call:
    """Deletion protection must be turned off before the pool is deleted."""
    pool = aws.pool(DeletionProtection="ACTIVE")
    return lambda: aws.cognito_idp.delete_user_pool(UserPoolId=pool)


@fault("InvalidParameterException", "minimumLength", COGNITO + "API_PasswordPolicyType.html", semantic=False)
def passwords_of_five_characters(aws: Account) -> Call:
    """The minimum password length is 6 to 99."""
    return lambda: aws.pool(Policies={"PasswordPolicy": {"MinimumLength": 5}})


@fault("InvalidParameterException", "TemporaryPasswordValidityDays", COGNITO + "API_AdminCreateUserConfigType.html")
def two_validities_of_temporary_passwords(aws: Account) -> Call:
    """UnusedAccountValidityDays cannot be combined with its successor, TemporaryPasswordValidityDays."""
    return lambda: aws.pool(
        Policies={"PasswordPolicy": {"MinimumLength": 16, "TemporaryPasswordValidityDays": 1}},
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": True, "UnusedAccountValidityDays": 3},
    )
