"""Planted faults of Cognito's clients, plans and domains, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin
from tests.emulator.planted.cognito import COGNITO

GUIDE = "https://docs.aws.amazon.com/cognito/latest/developerguide/"
CLIENT = COGNITO + "API_CreateUserPoolClient.html"
INVALID = "InvalidParameterException"


def created(aws: Account, pool: str, **changes: object) -> Call:
    """Create a client without a secret."""
    return lambda: aws.cognito_idp.create_user_pool_client(UserPoolId=pool, ClientName="portal", **changes)


def rotated(aws: Account, *flows: str) -> Call:
    """Create a client with refresh token rotation."""
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10}
    return created(aws, aws.pool(), ExplicitAuthFlows=list(flows), RefreshTokenRotation=rotation)


@fault(INVALID, "rotation", GUIDE + "amazon-cognito-user-pools-using-the-refresh-token.html")
def rotation_with_the_refresh_flow(aws: Account) -> Call:
    """Refresh token rotation cannot be combined with REFRESH_TOKEN_AUTH."""
    return rotated(aws, "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")


@twin
def rotation_without_the_refresh_flow(aws: Account) -> Call:
    """Rotation with another flow is accepted."""
    return rotated(aws, "ALLOW_USER_SRP_AUTH")


@fault(INVALID, "ALLOW_", CLIENT)
def old_and_new_names_of_flows(aws: Account) -> Call:
    """Flow names that begin with ALLOW_ cannot be mixed with the old names."""
    return created(aws, aws.pool(), ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "USER_PASSWORD_AUTH"])


@fault(INVALID, "write attributes", GUIDE + "user-pool-settings-attributes.html")
def required_attribute_that_cannot_be_written(aws: Account) -> Call:
    """A client must be able to write the required attributes."""
    email = {"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True}
    return created(aws, aws.pool(Schema=[email]), WriteAttributes=["name"])


@twin
def required_attribute_that_can_be_written(aws: Account) -> Call:
    """A client that can write the required attribute and another one is accepted."""
    email = {"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True}
    return created(aws, aws.pool(Schema=[email]), WriteAttributes=["name", "email"])


@fault(INVALID, "RefreshTokenValidity", CLIENT)
def refresh_token_of_half_an_hour(aws: Account) -> Call:
    """A refresh token is valid for at least 60 minutes."""
    units = {"RefreshToken": "minutes", "AccessToken": "minutes", "IdToken": "minutes"}
    validity = {"RefreshTokenValidity": 30, "AccessTokenValidity": 10, "IdTokenValidity": 10}
    return created(aws, aws.pool(), TokenValidityUnits=units, **validity)


@fault("FeatureUnavailableInTierException", "Threat Protection", GUIDE + "feature-plans-features-plus.html")
def threat_protection_without_its_plan(aws: Account) -> Call:
    """Threat protection requires the Plus plan; the default is Essentials."""
    return lambda: aws.pool(UserPoolAddOns={"AdvancedSecurityMode": "ENFORCED"})


@twin
def threat_protection_with_its_plan(aws: Account) -> Call:
    """Threat protection in the Plus plan is accepted."""
    return lambda: aws.pool(UserPoolAddOns={"AdvancedSecurityMode": "ENFORCED"}, UserPoolTier="PLUS")


@fault("FeatureUnavailableInTierException", "LITE", COGNITO + "API_CreateUserPoolDomain.html")
def managed_login_in_the_smallest_plan(aws: Account) -> Call:
    """Managed login requires the Essentials plan."""
    pool = aws.pool(UserPoolTier="LITE")
    return lambda: aws.cognito_idp.create_user_pool_domain(
        Domain="planted-gateway", UserPoolId=pool, ManagedLoginVersion=2
    )


@fault(INVALID, "gateway.example", COGNITO + "API_CreateUserPoolDomain.html", semantic=False)
def prefix_with_a_dot(aws: Account) -> Call:
    """A domain prefix has no dots."""
    pool = aws.pool()
    return lambda: aws.cognito_idp.create_user_pool_domain(Domain="gateway.example", UserPoolId=pool)


@fault(INVALID, "us-east-1", GUIDE + "cognito-user-pools-add-custom-domain.html")
def custom_domain_with_a_certificate_of_another_region(aws: Account) -> Call:
    """The certificate of a custom domain must be in us-east-1."""
    pool = aws.pool()
    arn = f"arn:aws:acm:eu-central-1:{aws.id}:certificate/{'0' * 8}-0000-0000-0000-{'0' * 12}"
    return lambda: aws.cognito_idp.create_user_pool_domain(
        Domain="login.example.com", UserPoolId=pool, CustomDomainConfig={"CertificateArn": arn}
    )


@twin
def custom_domain(aws: Account) -> Call:
    """A custom domain is accepted."""
    pool, arn = aws.pool(), aws.certificate("login.example.com")
    return lambda: aws.cognito_idp.create_user_pool_domain(
        Domain="login.example.com", UserPoolId=pool, CustomDomainConfig={"CertificateArn": arn}
    )
