"""References that Terraform accepts only without `${}`."""

from cdktf import TerraformResource


def id_of(resource: TerraformResource) -> str:
    """A resource's id for `replace_triggered_by`. It changes when the resource is replaced, not when it is updated."""
    return f"{resource.terraform_resource_type}.{resource.friendly_unique_id}.id"
