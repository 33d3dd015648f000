"""A VPC and subnets that are managed elsewhere."""

from cdktf import Postcondition, TerraformResource, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_subnet import DataAwsSubnet
from constructs import Construct


class ExistingNetwork(Construct):
    """Existing subnets of an existing VPC. The plan fails if a subnet does not exist or is in another VPC."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        vpc_id: str,
        public_subnet_ids: tuple[str, ...],
        private_subnet_ids: tuple[str, ...],
    ) -> None:
        super().__init__(scope, id_)
        self.vpc_id = vpc_id
        self.way_in: tuple[TerraformResource, ...] = ()
        """Empty: an existing VPC has its internet gateway."""
        self.private_route_table_ids: list[str] = []
        """Empty: routes and endpoints are managed elsewhere."""
        self.public_subnet_ids = [self._subnet("Public", *item) for item in enumerate(public_subnet_ids)]
        self.private_subnet_ids = [self._subnet("Private", *item) for item in enumerate(private_subnet_ids)]

    def _subnet(self, tier: str, index: int, subnet_id: str) -> str:
        setting = f"{tier.lower()}_subnet_ids"
        return DataAwsSubnet(
            self,
            f"{tier}{index + 1}",
            id=subnet_id,
            lifecycle=TerraformResourceLifecycle(
                postcondition=[
                    Postcondition(
                        condition=f'${{self.vpc_id == "{self.vpc_id}"}}',
                        error_message=f"{subnet_id} is not in {self.vpc_id}: correct vpc_id or {setting}",
                    )
                ]
            ),
        ).id
