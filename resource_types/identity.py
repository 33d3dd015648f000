"""The user pool that issues tokens."""

from resource_types.record import Lookup, Loss, ResourceType

_AWS_KEY = "Cognito encrypts with a key of its own, and the provider has no argument for another"
_AUTHENTICATION = {"Authentication": ""}

TYPES = (
    ResourceType(
        type="aws_cognito_user_pool",
        iam="cognito-idp",
        lookup=Lookup(
            service="cognito-idp",
            call="list_user_pools",
            arguments={"MaxResults": 60},
            query="UserPools[]",
            same={"Name": "{name}"},
            attributes={"id": "{Id}"},
        ),
        name="name",
        unique=(),
        loses=Loss.DATA,
        no_key=_AWS_KEY,
        protection=("deletion_protection", "ACTIVE"),
        reviewed=_AUTHENTICATION,
    ),
    ResourceType(
        type="aws_cognito_user_pool_client",
        iam="cognito-idp",
        lookup=Lookup(
            service="cognito-idp",
            call="list_user_pool_clients",
            arguments={"UserPoolId": "{user_pool_id}", "MaxResults": 60},
            query="UserPoolClients[]",
            same={"ClientName": "{name}"},
            attributes={"id": "{ClientId}"},
        ),
        import_id="{user_pool_id}/{id}",
        name="name",
        shared_name="within its user pool",
        unique=(),
        loses=Loss.DATA,
        no_key=_AWS_KEY,
        not_told={"generate_secret": True},
        reviewed=_AUTHENTICATION,
    ),
    ResourceType(
        type="aws_cognito_user_pool_domain",
        iam="cognito-idp",
        lookup=Lookup(
            service="cognito-idp",
            call="describe_user_pool_domain",
            arguments={"Domain": "{domain}"},
            query="[DomainDescription]",
            same={"UserPoolId": "{user_pool_id}"},
            attributes={"id": "{domain}"},
        ),
        import_id="{domain}",
        name="domain",
        place=("user_pool_id",),
        unique=(("domain",), ("user_pool_id",)),
        reviewed=_AUTHENTICATION,
    ),
    ResourceType(
        type="aws_cognito_resource_server",
        iam="cognito-idp",
        lookup=Lookup(
            service="cognito-idp",
            call="describe_resource_server",
            arguments={"UserPoolId": "{user_pool_id}", "Identifier": "{identifier}"},
            absent=("ResourceNotFoundException",),
        ),
        import_id="{user_pool_id}|{identifier}",
        name="identifier",
        shared_name="within its user pool",
        place=("user_pool_id", "identifier"),
        unique=(("user_pool_id", "identifier"),),
        reviewed=_AUTHENTICATION,
    ),
)
