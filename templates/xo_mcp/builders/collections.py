"""The kinds of objects that builders look up."""

from typing import Final

from xo_mcp.objects.kinds import kind

BACKUPS: Final = kind("backup-archives")
HOSTS: Final = kind("hosts")
JOBS: Final = kind("backup-jobs")
NETWORKS: Final = kind("networks")
PCIS: Final = kind("pcis")
PIFS: Final = kind("pifs")
POOLS: Final = kind("pools")
PROXIES: Final = kind("proxies")
REPOSITORIES: Final = kind("backup-repositories")
RESTORE_LOGS: Final = kind("restore-logs")
SCHEDULES: Final = kind("schedules")
SNAPSHOTS: Final = kind("vm-snapshots")
SRS: Final = kind("srs")
TEMPLATES: Final = kind("vm-templates")
VDIS: Final = kind("vdis")
VMS: Final = kind("vms")
