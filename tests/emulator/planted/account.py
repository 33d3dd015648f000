"""An AWS account for one test: boto3 clients, and the valid resources that the planted faults need."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from tests.emulator.planted.documents import acl, policy, trust

import boto3
from botocore.config import Config
from botocore.handlers import validate_bucket_name
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

REGION = "us-east-1"
ZONES = ("us-east-1a", "us-east-1b")


class Account:
    """Clients of one account. Like Terraform's SDK, they do not validate parameters."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str = REGION) -> Any:
        """A boto3 client that sends each call once and does not check parameters."""
        if (service, region) not in self._clients:
            proxy = self._environ["HTTPS_PROXY"]
            made = boto3.client(
                service,
                region_name=region,
                aws_access_key_id=self._environ["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=self._environ["AWS_SECRET_ACCESS_KEY"],
                verify=self._environ["AWS_CA_BUNDLE"],
                config=Config(
                    proxies={"http": proxy, "https": proxy},
                    parameter_validation=False,
                    retries={"total_max_attempts": 1},
                ),
            )
            if service == "s3":
                made.meta.events.unregister("before-parameter-build.s3", validate_bucket_name)
            self._clients[service, region] = made
        return self._clients[service, region]

    def __getattr__(self, name: str) -> Any:
        """`account.application_autoscaling` is the client of application-autoscaling in us-east-1."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self.client(name.replace("_", "-"))

    @cached_property
    def id(self) -> str:
        """The account ID."""
        return str(self.sts.get_caller_identity()["Account"])

    # EC2 ------------------------------------------------------------------------------------------------------------

    def vpc(self, cidr: str = "10.0.0.0/16") -> str:
        """A VPC."""
        return str(self.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"])

    def dns_vpc(self, cidr: str = "10.0.0.0/16") -> str:
        """A VPC with DNS support and DNS hostnames."""
        vpc = self.vpc(cidr)
        self.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})
        self.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        return vpc

    def subnet(self, vpc: str, cidr: str = "10.0.1.0/24", zone: str = ZONES[0]) -> str:
        """A subnet."""
        made = self.ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)
        return str(made["Subnet"]["SubnetId"])

    def subnets(self, vpc: str, prefix: str = "10.0") -> list[str]:
        """Two subnets in two Availability Zones."""
        return [self.subnet(vpc, f"{prefix}.{number + 1}.0/24", zone) for number, zone in enumerate(ZONES)]

    def group(self, vpc: str, name: str = "gateway") -> str:
        """A security group."""
        return str(self.ec2.create_security_group(GroupName=name, Description="gateway", VpcId=vpc)["GroupId"])

    def internet(self, vpc: str) -> str:
        """An internet gateway that is attached to a VPC."""
        gateway = str(self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"])
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        return gateway

    def routes(self, vpc: str) -> str:
        """A route table."""
        return str(self.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"])

    def address(self) -> str:
        """The allocation ID of an Elastic IP address."""
        return str(self.ec2.allocate_address(Domain="vpc")["AllocationId"])

    def interface(self, subnet: str) -> str:
        """A network interface."""
        made = self.ec2.create_network_interface(SubnetId=subnet)
        return str(made["NetworkInterface"]["NetworkInterfaceId"])

    # Load balancer --------------------------------------------------------------------------------------------------

    def balancer(self, subnets: Sequence[str], groups: Sequence[str], name: str = "gateway") -> str:
        """The ARN of an internal Application Load Balancer."""
        made = self.elbv2.create_load_balancer(
            Name=name, Subnets=list(subnets), SecurityGroups=list(groups), Scheme="internal", Type="application"
        )
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    def target_group(self, vpc: str, name: str = "gateway", kind: str = "ip") -> str:
        """The ARN of a target group."""
        made = self.elbv2.create_target_group(Name=name, Protocol="HTTP", Port=8787, VpcId=vpc, TargetType=kind)
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    def listener(self, balancer: str, targets: str, port: int = 80) -> str:
        """The ARN of an HTTP listener that forwards to a target group."""
        made = self.elbv2.create_listener(
            LoadBalancerArn=balancer,
            Protocol="HTTP",
            Port=port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": targets}],
        )
        return str(made["Listeners"][0]["ListenerArn"])

    def certificate(self, domain: str = "gateway.example.com") -> str:
        """The ARN of a self-signed certificate in ACM."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, domain)])
        now = dt.datetime.now(dt.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=365))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        answer = self.acm.import_certificate(Certificate=made.public_bytes(pem), PrivateKey=plain)
        return str(answer["CertificateArn"])

    # IAM and KMS ----------------------------------------------------------------------------------------------------

    def role(self, name: str = "gateway", service: str = "ecs-tasks.amazonaws.com") -> str:
        """The ARN of a role that an AWS service assumes."""
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(service))
        return str(made["Role"]["Arn"])

    def managed_policy(self, name: str = "gateway") -> str:
        """The ARN of a customer managed policy."""
        document = policy({"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"})
        return str(self.iam.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"])

    def owner(self) -> dict[str, Any]:
        """The statement that lets an account administer a KMS key."""
        return {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{self.id}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }

    def key(self, *statements: Mapping[str, Any]) -> str:
        """The ARN of a KMS key that the account administers; `statements` are added to its policy."""
        return str(self.kms.create_key(Policy=policy(self.owner(), *statements))["KeyMetadata"]["Arn"])

    def pending_key(self) -> str:
        """The ARN of a KMS key that is scheduled for deletion."""
        key = self.key()
        self.kms.schedule_key_deletion(KeyId=key.rpartition("/")[2], PendingWindowInDays=7)
        return key

    # ECS ------------------------------------------------------------------------------------------------------------

    def task(self, **changes: Any) -> dict[str, Any]:
        """The parameters of a valid Fargate task definition, with `changes` in place."""
        container = {
            "name": "gateway",
            "image": "portkeyai/gateway:1.15.2",
            "essential": True,
            "portMappings": [{"containerPort": 8787, "protocol": "tcp"}],
        }
        valid: dict[str, Any] = {
            "family": "gateway",
            "requiresCompatibilities": ["FARGATE"],
            "networkMode": "awsvpc",
            "cpu": "256",
            "memory": "512",
            "containerDefinitions": [container],
        }
        for member in [name for name, value in changes.items() if name.startswith("container_")]:
            container[member.removeprefix("container_")] = changes.pop(member)
        return valid | changes

    def registered(self, **changes: Any) -> str:
        """The ARN of a registered task definition."""
        return str(self.ecs.register_task_definition(**self.task(**changes))["taskDefinition"]["taskDefinitionArn"])

    def service(self, **changes: Any) -> dict[str, Any]:
        """The parameters of a valid service. This call creates its cluster, VPC and task definition."""
        vpc = self.vpc()
        self.ecs.create_cluster(clusterName="gateway")
        network = {"subnets": self.subnets(vpc), "securityGroups": [self.group(vpc)], "assignPublicIp": "DISABLED"}
        valid = {
            "cluster": "gateway",
            "serviceName": "gateway",
            "taskDefinition": self.registered(),
            "desiredCount": 1,
            "launchType": "FARGATE",
            "networkConfiguration": {"awsvpcConfiguration": network},
        }
        return valid | changes

    def balanced_service(self, **changes: Any) -> dict[str, Any]:
        """Like `service`, with a load balancer. `changes` replace members of its loadBalancers entry."""
        valid = self.service()
        network = valid["networkConfiguration"]["awsvpcConfiguration"]
        vpc = self.ec2.describe_subnets(SubnetIds=network["subnets"])["Subnets"][0]["VpcId"]
        targets = self.target_group(vpc)
        self.listener(self.balancer(network["subnets"], network["securityGroups"]), targets)
        entry = {"targetGroupArn": targets, "containerName": "gateway", "containerPort": 8787}
        return valid | {"loadBalancers": [entry | changes]}

    # Other services -------------------------------------------------------------------------------------------------

    def bucket(self, name: str = "planted-gateway-logs") -> str:
        """The name of a bucket in us-east-1."""
        self.s3.create_bucket(Bucket=name)
        return name

    def pool(self, **changes: Any) -> str:
        """The ID of a Cognito user pool."""
        return str(self.cognito_idp.create_user_pool(PoolName="gateway", **changes)["UserPool"]["Id"])

    def zone(self, name: str = "example.net") -> str:
        """The ID of a public hosted zone."""
        made = self.route53.create_hosted_zone(Name=name, CallerReference=name)
        return str(made["HostedZone"]["Id"]).rpartition("/")[2]

    def records(self, zone: str, *changes: tuple[str, str, str, str]) -> Any:
        """Apply changes, each of an action, a name, a type and a value, to a hosted zone."""
        return self.route53.change_resource_record_sets(
            HostedZoneId=zone,
            ChangeBatch={
                "Changes": [
                    {
                        "Action": action,
                        "ResourceRecordSet": {
                            "Name": name,
                            "Type": kind,
                            "TTL": 60,
                            "ResourceRecords": [{"Value": value}],
                        },
                    }
                    for action, name, kind, value in changes
                ]
            },
        )

    def web_acl(self, name: str = "gateway", **changes: Any) -> dict[str, Any]:
        """The summary of a regional web ACL: its Name, Id, LockToken and ARN."""
        made = self.wafv2.create_web_acl(**acl(name, **changes))
        return dict(made["Summary"])
