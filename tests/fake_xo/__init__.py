"""A fake Xen Orchestra over real HTTP, with the habits and surprises seen on XO 6.7.1, for any release in `specs/`.

    with running_fake_xo(vms=60) as fake:
        print(fake.url, fake.admin_token)

See FakeXo for what can be asked of it, Options for how it can be set, Fault for what can go wrong.
"""

from fake_xo.exports import export_sha256
from fake_xo.faults import Fault
from fake_xo.options import Options
from fake_xo.server import FakeXo, running_fake_xo

__all__ = ["FakeXo", "Fault", "Options", "export_sha256", "running_fake_xo"]
