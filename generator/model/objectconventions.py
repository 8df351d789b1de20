"""Conventions about objects: which arguments name one, what it is called, which VM runs XO itself."""

from pydantic import Field

from generator.model.strict import Strict


class ObjectConventions(Strict):
    """The keys of `conventions` in `_shared.yaml` that are about objects."""

    argument_kinds: dict[str, str] = Field(
        default_factory=dict,
        description="Last word of an argument that takes an id (`srId`: sr; `userId`: only where it ends so) -> "
        "collection, or none.",
    )
    labels: list[str] = Field(
        default_factory=list, description="Properties by whose exact value an object may be named instead of its id."
    )
    own_vm: str | None = Field(
        None,
        description="SELECT of the id of the VM that runs XO, from `:own_vm` (as the operator says), `:addresses` and "
        "`:macs` of its URL (JSON arrays).",
    )
    vms_of: dict[str, str] = Field(
        default_factory=dict, description="Collection -> SELECT of the ids of the VMs that live on or use `:ids` of it."
    )
