"""The AWS account an operator works in: clients, and AWS's errors in one line each."""

from collections.abc import Iterator
from typing import Any

from constructs_lib.helpers.regions import partition_of
from constructs_lib.helpers.scope import Scope
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
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    ProxyConnectionError,
    SSOError,
    TokenRetrievalError,
)
from botocore.model import OperationModel

HOME_REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""A region of each partition that no account can disable; it answers which others are enabled."""
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
    ProxyConnectionError: "the proxy in HTTPS_PROXY does not answer; is the embedded AWS still running? ({})",
    EndpointConnectionError: UNREACHABLE,
    HTTPClientError: UNREACHABLE,
}
"""What each kind of error of the SDK means to an operator; the first that fits."""


class OperatorError(Exception):
    """Something an operator has to correct; the message says what and how, in one line."""


def code_of(error: ClientError) -> str:
    """AWS's name for an error, e.g. `NoSuchBucket`; a HEAD request has only the status, e.g. `404`."""
    return str(error.response.get("Error", {}).get("Code", ""))


def in_one_line(error: BotoCoreError | ClientError) -> str:
    """An error of AWS or its SDK as a sentence that says what to do."""
    said = " ".join(str(error).split())
    for kind, sentence in SDK_ERRORS.items():
        if isinstance(error, kind):
            return sentence.format(said)
    if isinstance(error, ClientError):
        if code_of(error) in REFUSED_CREDENTIALS:
            return f"AWS refuses the credentials ({code_of(error)}): sign in again, or set AWS_PROFILE"
        if code_of(error) in DENIED:
            return f"the credentials may not do this: {said}"
    return f"AWS says: {said}"


@attrs.frozen
class Aws:
    """An environment's account and region."""

    environment: Environment
    account_id: str
    session: boto3.Session
    _clients: dict[tuple[str, str], Any] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    @classmethod
    def of(cls, environment: Environment) -> "Aws":
        """Sign in. Raises OperatorError without credentials, in another account, or where the region is off."""
        region = environment.aws_region
        try:
            home = HOME_REGIONS.get(partition_of(region).name, region)
            session = boto3.Session()  # reads the credentials again, which boto3's own default session does not
            account_id = _client(session, "sts", home).get_caller_identity()["Account"]
        except (BotoCoreError, ClientError) as error:
            raise OperatorError(in_one_line(error)) from None
        except EOFError:
            raise OperatorError(
                "the AWS profile asks for an MFA code and there is no terminal: sign in first, e.g. `aws sso login`, "
                "or export those of `aws sts get-session-token`"
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
                f"the credentials are of account {account_id}, envs/{environment.environment}.py wants "
                f"aws_account_id={expected!r}: change AWS_PROFILE or the setting"
            )
        found = cls(environment, account_id, session)
        found.check_region(home)
        return found

    @property
    def scope(self) -> Scope:
        """The environment's names with the region and the account."""
        environment = self.environment
        return Scope(names=environment.names, region=environment.aws_region, account_id=self.account_id)

    def check_region(self, home: str) -> None:
        """Raises OperatorError where the account has the region switched off."""
        region = self.environment.aws_region
        try:
            answer = _client(self.session, "ec2", home).describe_regions(RegionNames=[region], AllRegions=True)
        except ClientError as error:
            if code_of(error) in DENIED:
                return  # without this permission, the first call in the region fails
            raise OperatorError(in_one_line(error)) from None
        if any(found.get("OptInStatus") == "not-opted-in" for found in answer["Regions"]):
            raise OperatorError(
                f"region {region} is off in account {self.account_id}: enable it (aws account enable-region "
                f"--region-name {region}) or change aws_region in envs/{self.environment.environment}.py"
            )

    def client(self, service: str, *, region: str = "") -> Any:
        """A boto3 client in the environment's region, or in another one.

        S3's takes buckets of this account only, for every call. There is one for each service and region: to make one
        takes longer than most calls.
        """
        which = service, region or self.environment.aws_region
        if which not in self._clients:
            made = _client(self.session, *which)
            if service == "s3":
                made.meta.events.register("provide-client-params.s3", self._own_bucket)
            self._clients[which] = made
        return self._clients[which]

    def _own_bucket(self, params: dict[str, Any], model: OperationModel, **_: object) -> dict[str, Any]:
        """The arguments of a call, and that the bucket is this account's: S3 refuses the call for any other one."""
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
        """What a JMESPath query finds in the answer of a call, in each of its pages; nothing for an error of `absent`.

        `region` as for `client`. Raises ClientError for any other error.
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
        """The first thing that a query finds (`items`); None where there is none."""
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


def _client(session: boto3.Session, service: str, region: str) -> Any:
    # The SDK's standard mode retries throttles and server errors; five attempts last some seconds.
    return session.client(
        service,
        region_name=region,
        config=Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=10),
    )


def one_environment(name: str) -> Environment:
    """The environment of this name. Raises EnvironmentsError, which lists those that exist."""
    found = load_environments(choice=name)
    if len(found) != 1:
        raise OperatorError("name one environment: make … ENV=dev")
    return found[0]
