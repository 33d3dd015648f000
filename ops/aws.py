"""The account and region of an environment: boto3 clients, and AWS errors as one-line messages."""

from collections.abc import Iterator
from typing import Any

from constructs_lib.helpers.regions import partition_of
from constructs_lib.helpers.scope import Scope
from constructs_lib.helpers.suggestions import did_you_mean
from envs import load_environments
from envs.schema import Environment

import attrs
import boto3
import jmespath
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    DataNotFoundError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    OperationNotPageableError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    ProxyConnectionError,
    SSOError,
    TokenRetrievalError,
    UnknownServiceError,
)
from botocore.model import OperationModel

HOME_REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""A region of each partition that no account can disable; its API reports which other regions are enabled."""
NO_CREDENTIALS = "no AWS credentials found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
UNREACHABLE = "AWS cannot be reached; check the network and HTTPS_PROXY ({})"
REFUSED_CREDENTIALS = frozenset(
    {"InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken", "ExpiredTokenException", "AuthFailure",
     "UnrecognizedClientException", "InvalidAccessKeyId"}
)  # fmt: skip
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"})
SDK_ERRORS: dict[type[BotoCoreError], str] = {
    NoCredentialsError: NO_CREDENTIALS,
    PartialCredentialsError: NO_CREDENTIALS,
    ProfileNotFound: "AWS credentials cannot be read: {}; `aws configure list-profiles` lists the profiles",
    SSOError: "AWS credentials cannot be read: {}; sign in with `aws sso login` (and --profile)",
    TokenRetrievalError: "AWS credentials cannot be read: {}; sign in with `aws sso login` (and --profile)",
    CredentialRetrievalError: "AWS credentials cannot be read: {}",
    ProxyConnectionError: (
        "the proxy in HTTPS_PROXY does not answer: check that it runs (the embedded AWS is one), or unset it ({})"
    ),
    EndpointConnectionError: UNREACHABLE,
    HTTPClientError: UNREACHABLE,
}
"""The message for each class of SDK error, `{}` being the SDK's own; the first class that matches counts."""
WRONG_CALLS = (DataNotFoundError, OperationNotPageableError, ParamValidationError)
"""The SDK's errors for a call that our code gets wrong: AWS has not seen it."""


class OperatorError(Exception):
    """An error that an operator can correct; the message says what is wrong and what to do."""


def code_of(error: ClientError) -> str:
    """AWS's error code, e.g. `NoSuchBucket`; for a HEAD request only the status, e.g. `404`."""
    return str(error.response.get("Error", {}).get("Code", ""))


def in_one_line(error: BotoCoreError | ClientError) -> str:
    """An error of AWS or its SDK as one line, which says what to do where that is known."""
    said = " ".join(str(error).split())
    for kind, sentence in SDK_ERRORS.items():
        if isinstance(error, kind):
            return sentence.format(said)
    if isinstance(error, ClientError):
        if code_of(error) in REFUSED_CREDENTIALS:
            return f"AWS refuses the credentials ({code_of(error)}): sign in again, or set AWS_PROFILE"
        if code_of(error) in DENIED:
            return f"the credentials lack a permission: {said}"
    return f"{'AWS' if isinstance(error, ClientError) else 'the AWS SDK'} reports: {said}"


@attrs.frozen
class Aws:
    """An environment's account and region."""

    environment: Environment
    account_id: str
    session: boto3.Session
    _clients: dict[tuple[str, str], Any] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    @classmethod
    def of(cls, environment: Environment) -> "Aws":
        """Sign in with the SDK's default credentials.

        Raises OperatorError where there are none, where they belong to another account than `aws_account_id`, or where
        the account has not enabled the region.
        """
        region = environment.aws_region
        try:
            home = HOME_REGIONS.get(partition_of(region).name, region)
            session = boto3.Session()  # boto3's default session would keep credentials that it has read before
            account_id = client_of(session, "sts", home).get_caller_identity()["Account"]
        except (BotoCoreError, ClientError) as error:
            raise OperatorError(in_one_line(error)) from None
        except EOFError:
            raise OperatorError(
                "the AWS profile asks for an MFA code and there is no terminal to enter it: sign in first, e.g. with "
                "`aws sso login`, or export the credentials that `aws sts get-session-token` prints"
            ) from None
        except FileNotFoundError as error:
            raise OperatorError(
                f"the AWS profile's credential_process cannot be started: {error.filename or error}: install it, or "
                "choose another profile with AWS_PROFILE"
            ) from None
        except (OSError, ValueError) as error:
            raise OperatorError(f"the AWS configuration cannot be used: {' '.join(str(error).split())}") from None
        expected = environment.aws_account_id
        if expected and account_id != expected:
            raise OperatorError(
                f"the credentials belong to account {account_id}, envs/{environment.environment}.py sets "
                f"aws_account_id={expected!r}: change AWS_PROFILE or the setting"
            )
        found = cls(environment, account_id, session)
        found.check_region(home)
        return found

    @property
    def scope(self) -> Scope:
        """The environment's resource names, region and account, from which ARNs are built."""
        environment = self.environment
        return Scope(names=environment.names, region=environment.aws_region, account_id=self.account_id)

    def check_region(self, home: str) -> None:
        """Raises OperatorError where the account has not enabled the region. `home`: the region to call for that."""
        region = self.environment.aws_region
        try:
            answer = client_of(self.session, "ec2", home).describe_regions(RegionNames=[region], AllRegions=True)
        except ClientError as error:
            if code_of(error) in DENIED:
                return  # without this permission, a disabled region shows at the first call in it
            raise OperatorError(in_one_line(error)) from None
        if any(found.get("OptInStatus") == "not-opted-in" for found in answer["Regions"]):
            raise OperatorError(
                f"region {region} is not enabled in account {self.account_id}: run `aws account enable-region "
                f"--region-name {region}`, or change aws_region in envs/{self.environment.environment}.py"
            )

    def client(self, service: str, *, region: str = "") -> Any:
        """A boto3 client in the environment's region, or in another one.

        The S3 client works on buckets of this account only. Clients are cached by service and region, since creating
        one takes longer than most calls.
        """
        which = service, region or self.environment.aws_region
        if which not in self._clients:
            made = client_of(self.session, *which)
            if service == "s3":
                made.meta.events.register("provide-client-params.s3", self._own_bucket)
            self._clients[which] = made
        return self._clients[which]

    def _own_bucket(self, params: dict[str, Any], model: OperationModel, **_: object) -> dict[str, Any]:
        """A call's arguments with ExpectedBucketOwner, so that S3 refuses the call on another account's bucket."""
        takes = model.input_shape is not None and "ExpectedBucketOwner" in model.input_shape.members
        return {"ExpectedBucketOwner": self.account_id, **params} if takes else params

    def items(
        self,
        service: str,
        call: str,
        query: str,
        /,
        *,
        absent: tuple[str, ...] = (),
        all_pages: bool = True,
        region: str = "",
        **arguments: Any,
    ) -> Iterator[Any]:
        """What a JMESPath query finds in a call's answer; nothing where AWS answers with an error code in `absent`.

        `all_pages`: read every page, not just the first. `region` as for `client`. Raises ClientError for any other
        error code.
        """
        client = self.client(service, region=region)
        try:
            if all_pages and client.can_paginate(call):
                pages = client.get_paginator(call).paginate(**arguments)
            else:
                pages = [getattr(client, call)(**arguments)]
            for page in pages:
                yield from jmespath.search(query, page) or ()
        except ClientError as error:
            if code_of(error) not in absent:
                raise

    def first(
        self,
        service: str,
        call: str,
        query: str,
        /,
        *,
        absent: tuple[str, ...] = (),
        region: str = "",
        **arguments: Any,
    ) -> Any:
        """The first thing that `items` finds; None where there is none."""
        return next(self.items(service, call, query, absent=absent, region=region, **arguments), None)

    def load_balancer(self) -> Any:
        """The environment's load balancer as AWS describes it; None where there is none."""
        return self.first(
            "elbv2",
            "describe_load_balancers",
            "LoadBalancers[]",
            absent=("LoadBalancerNotFound", "LoadBalancerNotFoundException"),
            Names=[self.environment.names.load_balancer],
        )

    def service(self) -> Any:
        """The environment's ECS service as ECS describes it; None where there is none that is active."""
        names, absent = self.environment.names, ("ClusterNotFoundException",)
        active = "services[?status=='ACTIVE']"
        return self.first(
            "ecs", "describe_services", active, absent=absent, cluster=names.cluster, services=[names.service]
        )


def client_of(session: boto3.Session, service: str, region: str) -> Any:
    """A boto3 client. Raises ValueError for a service that boto3 does not have."""
    # The standard mode retries throttling and server errors; five attempts take a few seconds.
    config = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=10)
    try:
        return session.client(service, region_name=region, config=config)
    except UnknownServiceError:
        meant = did_you_mean(service, session.get_available_services())
        raise ValueError(f"boto3 has no service {service!r}; {meant}") from None


def one_environment(name: str) -> Environment:
    """The environment of this name.

    Raises EnvironmentsError for an unknown name, with those that exist, and OperatorError for no name or several.
    """
    found = load_environments(choice=name)
    if len(found) != 1:
        raise OperatorError("name one environment: make … ENV=dev")
    return found[0]
