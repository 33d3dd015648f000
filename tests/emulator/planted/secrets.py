"""Planted faults of Secrets Manager, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin
from tests.emulator.planted.documents import policy

SECRETS = "https://docs.aws.amazon.com/secretsmanager/latest/apireference/"


@fault("InvalidRequestException", "scheduled for deletion", SECRETS + "API_CreateSecret.html")
def secret_recreated_while_it_is_deleted(aws: Account) -> Call:
    """A secret's name cannot be used again before the recovery window ends."""
    aws.secretsmanager.create_secret(Name="gateway", SecretString="one")
    aws.secretsmanager.delete_secret(SecretId="gateway", RecoveryWindowInDays=7)
    return lambda: aws.secretsmanager.create_secret(Name="gateway", SecretString="two")


@twin
def secret_recreated_after_it_was_deleted(aws: Account) -> Call:
    """After a deletion without recovery, the name can be used again."""
    aws.secretsmanager.create_secret(Name="gateway", SecretString="one")
    aws.secretsmanager.delete_secret(SecretId="gateway", ForceDeleteWithoutRecovery=True)
    return lambda: aws.secretsmanager.create_secret(Name="gateway", SecretString="two")


@fault("ResourceExistsException", "already exists", SECRETS + "API_CreateSecret.html")
def second_secret_of_a_name(aws: Account) -> Call:
    """Secret names are unique in a region."""
    aws.secretsmanager.create_secret(Name="gateway", SecretString="one")
    return lambda: aws.secretsmanager.create_secret(Name="gateway", SecretString="two")


@fault("InvalidParameterException", "RecoveryWindowInDays", SECRETS + "API_DeleteSecret.html", semantic=False)
def recovery_window_of_five_days(aws: Account) -> Call:
    """The recovery window is 7 to 30 days."""
    aws.secretsmanager.create_secret(Name="gateway", SecretString="one")
    return lambda: aws.secretsmanager.delete_secret(SecretId="gateway", RecoveryWindowInDays=5)


@fault("InvalidParameterException", "ForceDeleteWithoutRecovery", SECRETS + "API_DeleteSecret.html")
def deletion_with_and_without_recovery(aws: Account) -> Call:
    """A deletion can have a recovery window or be forced, but not both."""
    aws.secretsmanager.create_secret(Name="gateway", SecretString="one")
    return lambda: aws.secretsmanager.delete_secret(
        SecretId="gateway", RecoveryWindowInDays=7, ForceDeleteWithoutRecovery=True
    )


@fault("InvalidRequestException", "marked for deletion", SECRETS + "API_GetSecretValue.html")
def deleted_secret_read(aws: Account) -> Call:
    """A secret that is scheduled for deletion cannot be read."""
    aws.secretsmanager.create_secret(Name="gateway", SecretString="one")
    aws.secretsmanager.delete_secret(SecretId="gateway", RecoveryWindowInDays=7)
    return lambda: aws.secretsmanager.get_secret_value(SecretId="gateway")


@fault("ResourceNotFoundException", "AWSCURRENT", SECRETS + "API_GetSecretValue.html")
def empty_secret_read(aws: Account) -> Call:
    """A secret without a value, as Terraform creates it, cannot be read."""
    aws.secretsmanager.create_secret(Name="gateway")
    return lambda: aws.secretsmanager.get_secret_value(SecretId="gateway")


@fault("PublicPolicyException", "public", SECRETS + "API_PutResourcePolicy.html")
def public_secret(aws: Account) -> Call:
    """BlockPublicPolicy refuses a policy that grants broad access."""
    aws.secretsmanager.create_secret(Name="gateway", SecretString="one")
    everyone = {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    return lambda: aws.secretsmanager.put_resource_policy(
        SecretId="gateway", ResourcePolicy=policy(everyone), BlockPublicPolicy=True
    )
