"""Tools of XO's tag self-service: Self-service - resource sets in which users create VMs of their own, within limits.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Json, Omit
from xo_mcp.xo import Xo


async def create_resource_set(
    xo: Xo,
    *,
    name: str,
    limits: dict[str, Json] | Omit = OMIT,
    objects: list[str] | Omit = OMIT,
    shareByDefault: bool | Omit = OMIT,
    subjects: list[str] | Omit = OMIT,
    tags: list[str] | Omit = OMIT,
) -> Answer:
    """Makes a set of self-service: its users and groups may then create VMs from its templates, on its SRs and
    networks, within its limits.

    CALL resourceSet.create; needs an XO administrator.
    """
    return await xo.call(
        "resourceSet.create",
        {
            "limits": limits,
            "name": name,
            "objects": objects,
            "shareByDefault": shareByDefault,
            "subjects": subjects,
            "tags": tags,
        },
        effect="grants_access",
        builder="resource_sets",
    )


async def delete_resource_set(xo: Xo, *, id: str) -> Answer:
    """Deletes a set of self-service.

    CALL resourceSet.delete; needs an XO administrator.
    """
    return await xo.call("resourceSet.delete", {"id": id}, effect="destructive")


async def list_resource_sets(xo: Xo) -> Answer:
    """Lists the sets of self-service: which users and groups may use which templates, SRs and networks, and how much
    of each limit is used.

    CALL resourceSet.getAll.
    """
    return await xo.call("resourceSet.getAll")


async def recompute_resource_sets(xo: Xo, *, timeout: float = 60) -> Answer:
    """Counts anew what the VMs of every resource set use, after changes that XO did not see.

    CALL resourceSet.recomputeAllLimits; needs an XO administrator.
    """
    return await xo.call("resourceSet.recomputeAllLimits", timeout=timeout, effect="write")


async def update_resource_set(
    xo: Xo,
    *,
    id: str,
    ipPools: list[str] | Omit = OMIT,
    limits: dict[str, Json] | Omit = OMIT,
    name: str | Omit = OMIT,
    objects: list[str] | Omit = OMIT,
    shareByDefault: bool | Omit = OMIT,
    subjects: list[str] | Omit = OMIT,
    tags: list[str] | Omit = OMIT,
) -> Answer:
    """Changes a set of self-service.

    CALL resourceSet.set; needs an XO administrator.
    """
    return await xo.call(
        "resourceSet.set",
        {
            "id": id,
            "ipPools": ipPools,
            "limits": limits,
            "name": name,
            "objects": objects,
            "shareByDefault": shareByDefault,
            "subjects": subjects,
            "tags": tags,
        },
        effect="grants_access",
        builder="resource_sets",
    )
