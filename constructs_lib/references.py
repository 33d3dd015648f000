"""References that Terraform takes only in their plain form, without `${}`."""

from cdktf import TerraformResource


def id_of(resource: TerraformResource) -> str:
    """A resource's id for `replace_triggered_by`: changed by a replacement, not by an update."""
    return f"{resource.terraform_resource_type}.{resource.friendly_unique_id}.id"
