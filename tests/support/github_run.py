"""A run of a GitHub workflow, which signs in to the embedded AWS with its OIDC token."""

import base64
import json

from tests.support.cloud import ACCOUNT_ID, REGION

import attrs
import boto3
from botocore import UNSIGNED
from botocore.config import Config


@attrs.frozen
class Run:
    """A run of a GitHub workflow, by the claims of its OIDC token."""

    repository: str
    subject: str
    workflow: str = "environment.yml"
    ref: str = "refs/heads/main"

    def token(self) -> str:
        """The token that GitHub would issue for AWS."""
        claims = {
            "iss": "https://token.actions.githubusercontent.com",
            "aud": "sts.amazonaws.com",
            "sub": f"repo:{self.repository}:{self.subject}",
            "ref": self.ref,
            "repository": self.repository,
            "job_workflow_ref": f"{self.repository}/.github/workflows/{self.workflow}@{self.ref}",
        }
        parts: tuple[dict[str, str], ...] = ({"alg": "none", "typ": "JWT"}, claims, {})
        return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)

    def sign_in(self, environ: dict[str, str], role: str) -> dict[str, str]:
        """The variables of a session of a role. Raises ClientError if the role's trust policy rejects the token."""
        sts = boto3.Session().client(
            "sts",
            region_name=REGION,
            verify=environ["AWS_CA_BUNDLE"],
            config=Config(proxies={"https": environ["HTTPS_PROXY"]}, signature_version=UNSIGNED),
        )
        arn = f"arn:aws:iam::{ACCOUNT_ID}:role/pipelines/{role}"
        made = sts.assume_role_with_web_identity(RoleArn=arn, RoleSessionName="run", WebIdentityToken=self.token())
        held = made["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": held["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": held["SecretAccessKey"],
            "AWS_SESSION_TOKEN": held["SessionToken"],
        }
