"""Tools of XO's tag backup-repositories: Backup repositories - NFS, SMB, S3 and local storage for backups.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def list_backup_repositories(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "name,url,enabled,proxy,error",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists backup repositories (remotes: NFS, SMB, S3, local) with URL, enabled state, proxy and last error.

    GET /backup-repositories; needs backup-repository:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/backup-repositories"),
        record="XoBackupRepository",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
    )


async def create_backup_repository(
    xo: Xo, *, name: str, url: str, options: str | Omit = OMIT, proxy: str | Omit = OMIT
) -> Answer:
    """Registers storage for backups in XO; get_backup_repository_health then says whether it works.

    POST /backup-repositories; needs backup-repository:create; since XO 6.6.
    """
    return await xo.write(
        Call(
            "POST",
            "/backup-repositories",
            body={"name": name, "options": options, "proxy": proxy, "url": url},
            body_required=True,
        ),
        creates="/backup-repositories/{id}",
    )


async def get_backup_repository(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one backup repository: URL, mount options, proxy, last error and past benchmarks in bytes per second.

    GET /backup-repositories/{id}; needs backup-repository:read; since XO 5.110.
    """
    return await xo.get(
        Call("GET", "/backup-repositories/{id}", path={"id": id}), record="XoBackupRepository", fields=fields
    )


async def update_backup_repository(
    xo: Xo,
    *,
    id: str,
    enabled: bool | Omit = OMIT,
    name: str | Omit = OMIT,
    options: str | Omit | None = OMIT,
    proxy: str | Omit | None = OMIT,
    url: str | Omit = OMIT,
) -> Answer:
    """Changes name, URL, mount options, proxy or enabled state of a backup repository.

    PATCH /backup-repositories/{id}; needs backup-repository:update?, backup-repository:update:enabled?,
    backup-repository:update:name?, backup-repository:update:options?, backup-repository:update:proxy?,
    backup-repository:update:url?; since XO 6.6.
    """
    return await xo.write(
        Call(
            "PATCH",
            "/backup-repositories/{id}",
            path={"id": id},
            body={"enabled": enabled, "name": name, "options": options, "proxy": proxy, "url": url},
            body_required=True,
        ),
        reads="/backup-repositories/{id}",
    )


async def benchmark_backup_repository(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Measures write and read speed of a backup repository in bytes per second and records it there.

    POST /backup-repositories/{id}/actions/benchmark; needs backup-repository:benchmark; since XO 6.6.
    """
    return await xo.action(
        Call("POST", "/backup-repositories/{id}/actions/benchmark", path={"id": id}),
        timeout=timeout,
        reads="/backup-repositories/{id}",
    )


async def forget_backup_repository(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Removes a backup repository from XO; its files stay.

    POST /backup-repositories/{id}/actions/forget; needs backup-repository:forget; since XO 6.6.
    """
    return await xo.action(
        Call("POST", "/backup-repositories/{id}/actions/forget", path={"id": id}),
        timeout=timeout,
        reads="/backup-repositories/{id}",
    )


async def get_backup_repository_health(xo: Xo, *, id: str) -> Answer:
    """Checks now whether a backup repository can be reached: success true, or an error.

    GET /backup-repositories/{id}/health; needs backup-repository:read; since XO 6.6.
    """
    return await xo.read(Call("GET", "/backup-repositories/{id}/health", path={"id": id}))
