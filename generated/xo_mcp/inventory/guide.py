"""Example statements that teach the inventory."""

from typing import Final

EXAMPLES: Final = (
    (
        "Memory and vCPUs of running VMs by host (join, group)",
        """SELECT h.name_label, count(*) AS vms, sum(v.CPUs_number) AS vcpus, sum(v.memory_size) / 1073741824 AS gib
FROM vms v JOIN hosts h ON h.id = v.container WHERE v.power_state = 'Running' GROUP BY h.id ORDER BY gib DESC""",
    ),
    (
        "How many VMs in each power state (count)",
        "SELECT power_state, count(*) AS vms FROM vms GROUP BY power_state",
    ),
    (
        "VMs with a tag (a list is JSON text)",
        """SELECT v.name_label FROM vms v WHERE EXISTS (SELECT 1 FROM json_each(v.tags) t WHERE t.value = 'prod')""",
    ),
    (
        "Snapshots older than 30 days, oldest first (times are epoch seconds)",
        """SELECT v.name_label AS vm, s.name_label, date(s.snapshot_time, 'unixepoch') AS taken
FROM vm_snapshots s LEFT JOIN vms v ON v.id = s.snapshot_of
WHERE s.snapshot_time < strftime('%s', 'now', '-30 days') ORDER BY s.snapshot_time""",
    ),
    (
        "The ten busiest disks' VMs (load: one request a VM; argument span is hour, day or week)",
        "SELECT name_label, iops_avg, cpu_avg FROM vm_load ORDER BY iops_avg DESC LIMIT 10",
    ),
    (
        "Two network cards with one MAC address (duplicates)",
        """SELECT i.MAC, group_concat(v.name_label, ', ') AS vms
FROM vifs i JOIN vms v ON v.id = i.VM GROUP BY i.MAC HAVING count(*) > 1""",
    ),
    (
        "Disks that no VM has, ISOs left out",
        """SELECT d.name_label, d.size, s.name_label AS sr FROM vdis d JOIN srs s ON s.id = d.SR
WHERE d.VBDs = '[]' AND s.content_type <> 'iso' ORDER BY d.size DESC""",
    ),
    (
        "How full storage is",
        """SELECT name_label, round(100.0 * physical_usage / size, 1) AS percent, size - physical_usage AS free
FROM srs WHERE size > 0 AND content_type <> 'iso' ORDER BY percent DESC""",
    ),
    (
        "VMs that no enabled backup job covers (one request a VM)",
        "SELECT name_label FROM vm_backup_status WHERE covered = 0",
    ),
    (
        "Who has an address",
        """SELECT v.name_label, a.value AS address, h.name_label AS host FROM vms v, json_each(v.addresses) a
LEFT JOIN hosts h ON h.id = v.container WHERE a.value = '192.0.2.7'""",
    ),
)
"""What is asked, and the statement that answers it."""

_HEAD: Final = """\
# The inventory in SQL

`query_inventory` runs one SQLite SELECT (or WITH) over tables of everything XO shows; `describe_inventory` names the
tables, and with `tables` their columns. Only the columns that a statement reads are fetched.

- A table is one of XO's lists, its name with `_`: `vms`, `vm_snapshots`, `backup_jobs`. A column is XO's property
  without `$` (`container`, `SR`, `VBDs`); what lies one level deeper is joined by `_`: `memory_size`, `CPUs_number`.
- Booleans are 0 and 1, times epoch seconds, arrays and other objects JSON text: `json_each`, `json_extract`, `->>`.
- Ids join: `vms.container = hosts.id`, `vbds.VM = vms.id`, `vbds.VDI = vdis.id`, `vdis.SR = srs.id`,
  `vifs.VM = vms.id`, `vifs.network = networks.id`, `vm_snapshots.snapshot_of = vms.id`.
- `vm_load`, `host_load`, `vm_backup_jobs`, `host_missing_patches` and `vm_backup_status` ask XO for each object that
  the statement comes to: narrow it first.
- `objects(type, id, name, tags)` finds anything by name.
- Go on with LIMIT and OFFSET (and ORDER BY), or save all rows as CSV with `filename`.
"""

GUIDE: Final = _HEAD + "".join(f"\n{question}:\n\n```sql\n{sql}\n```\n" for question, sql in EXAMPLES)
"""For a model that wants to know more."""
