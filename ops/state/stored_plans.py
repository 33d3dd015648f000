"""Stores a pipeline's plan in the state bucket, from the job that makes it to the job that applies it.

A plan file holds the configuration, the state with its secrets, and the provider's hashes. So it is encrypted like the
state, only the pipeline's roles may read it, and the deployment deletes it with its version.
"""

import hashlib
import subprocess
from pathlib import Path

from ops.aws import Aws, OperatorError
from ops.state.state_resources import PLANS, encryption
from tools.environment import ROOT, child_environment
from tools.private import private_folder

import attrs


def commit() -> str:
    """The hash of the commit that is checked out. Raises OperatorError outside of a Git repository."""
    done = subprocess.run(
        ["git", "rev-parse", "--verify", "HEAD"],
        cwd=ROOT,
        env=child_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise OperatorError(
            "git finds no commit here, and a plan is stored under its commit: run this in a clone of the repository"
        )
    return done.stdout.strip()


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@attrs.frozen
class StoredPlan:
    """The plan of one environment at one commit."""

    aws: Aws
    commit: str

    @property
    def key(self) -> str:
        """Its key in the bucket."""
        return f"{PLANS}{self.commit}.tfplan"

    @property
    def _bucket(self) -> str:
        return self.aws.environment.names.state_bucket

    def store(self, plan: Path) -> str:
        """Upload a plan file; returns its SHA-256."""
        with plan.open("rb") as file:
            self.aws.client("s3").put_object(
                Bucket=self._bucket, Key=self.key, Body=file, **encryption(self.aws.environment)
            )
        return sha256_of(plan)

    def fetch(self, sha256: str, target: Path) -> str:
        """Download the plan to `target`; returns the object's version id.

        Raises OperatorError, with nothing written, where there is no plan or its SHA-256 differs.
        """
        name = self.aws.environment.environment
        again = "start the whole workflow again, which makes a new plan"
        absent = ("NoSuchKey", "NoSuchBucket", "AccessDenied", "403")
        answer = self.aws.first("s3", "get_object", "[@]", absent=absent, Bucket=self._bucket, Key=self.key)
        if answer is None:
            raise OperatorError(
                f"there is no stored plan of {name} for commit {self.commit[:12]}: it has been applied or has expired; "
                f"{again}"
            )
        body = answer["Body"].read()
        found = hashlib.sha256(body).hexdigest()
        if found != sha256:
            raise OperatorError(
                f"the stored plan of {name} for commit {self.commit[:12]} has SHA-256 {found}, but {sha256} was "
                f"approved; nothing was applied: find out who wrote it, then {again}"
            )
        private_folder(target.parent)
        target.touch(mode=0o600)
        target.chmod(0o600)
        target.write_bytes(body)
        return str(answer.get("VersionId", ""))

    def delete(self, version: str) -> None:
        """Delete this version of the plan; without a version id the bucket would keep it as a noncurrent version."""
        which = {"VersionId": version} if version else {}
        self.aws.client("s3").delete_object(Bucket=self._bucket, Key=self.key, **which)
