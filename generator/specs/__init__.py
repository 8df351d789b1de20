"""The folder of committed facts: releases, plugins, fingerprints."""
