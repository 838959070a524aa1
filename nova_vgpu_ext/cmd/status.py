# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""nova-vgpu-status: is everything in place?

Its checks come in the order in which to mend what they find.
"""

import sys

import nova.conf
from nova import context as nova_context
from nova import exception as nova_exception
from nova.objects import flavor as flavor_obj
from nova.scheduler import filters
from nova.scheduler import weights
from oslo_config import cfg
from oslo_upgradecheck import upgradecheck

from nova_vgpu_ext import conf
from nova_vgpu_ext import extension
from nova_vgpu_ext import flavors
from nova_vgpu_ext import request
from nova_vgpu_ext.cmd import database
from nova_vgpu_ext.cmd import settings
from nova_vgpu_ext.db import cells
from nova_vgpu_ext.virt.xenapi import conf as xenserver_conf
from nova_vgpu_ext.virt.xenapi import errors as xenserver_errors
from nova_vgpu_ext.virt.xenapi import settings as xenserver_settings

CONF = nova.conf.CONF

XENSERVER = 'vgpu_ext.XenAPIDriver'

FILTER = 'VGPUCapacityFilter'
FILTER_PATH = f'nova_vgpu_ext.scheduler.filters.{FILTER}'
WEIGHER = 'VGPUWeigher'
WEIGHER_PATH = f'nova_vgpu_ext.scheduler.weights.{WEIGHER}'

SOURCE = (
    'nova.conf lacks "config_source = vgpus" in [DEFAULT]: add it on every '
    'node that runs a Nova service.'
)
DRIVER = (
    'nova.conf has "config_source = vgpus" in [DEFAULT], but it loads no '
    'extension: set "driver = vgpus" in [vgpus], on every node that runs a '
    'Nova service.'
)
AVAILABLE = (
    'nova.conf of the schedulers lacks "available_filters = '
    f'{FILTER_PATH}" in [filter_scheduler]: add it; Nova\'s own, '
    '"available_filters = nova.scheduler.filters.all_filters", must stand '
    'beside it.'
)
ENABLED = (
    f'nova.conf of the schedulers lacks {FILTER} in enabled_filters of '
    '[filter_scheduler]: add it to the list.'
)
WEIGHTS = (
    f'nova.conf of the schedulers lacks {WEIGHER_PATH} in weight_classes of '
    "[filter_scheduler]: add it; Nova's own, "
    'nova.scheduler.weights.all_weighers, must stand beside it.'
)


def _success():
    return upgradecheck.Result(upgradecheck.Code.SUCCESS)


def _failure(sentence):
    return upgradecheck.Result(upgradecheck.Code.FAILURE, sentence)


def _warning(sentence):
    return upgradecheck.Result(upgradecheck.Code.WARNING, sentence)


class Checks(upgradecheck.UpgradeCommands):
    """What ``nova-vgpu-status upgrade check`` looks at."""

    def check(self):
        """Run all checks; the code is the gravest one's."""
        conf.register_opts(CONF)
        return super().check()

    def check_column(self):
        """The column is in each database."""
        try:
            databases = cells.everywhere()
        except cells.DatabaseProblem as problem:
            return _failure(str(problem))
        findings = [text for text in map(database.finding, databases) if text]
        return _failure(' '.join(findings)) if findings else _success()

    def check_source(self):
        """The two lines that load the extension are in nova.conf."""
        if 'vgpus' not in CONF.config_source:
            return _failure(SOURCE)
        # This process has read the same lines as any of Nova's does.
        return _success() if extension.installed() else _failure(DRIVER)

    def check_filter(self):
        """The scheduler looks at capacity."""
        try:
            known = _class_names(
                filters.HostFilterHandler(), 'available_filters'
            )
        except _Unloadable as error:
            return _failure(str(error))
        lacks = []
        if FILTER not in known:
            lacks.append(AVAILABLE)
        if FILTER not in CONF.filter_scheduler.enabled_filters:
            lacks.append(ENABLED)
        return _failure(' '.join(lacks)) if lacks else _success()

    def check_weigher(self):
        """The scheduler prefers hosts with an eye on GPUs."""
        try:
            known = _class_names(weights.HostWeightHandler(), 'weight_classes')
        except _Unloadable as error:
            return _failure(str(error))
        return _success() if WEIGHER in known else _warning(WEIGHTS)

    def check_flavors(self):
        """Each flavor's vGPU extra specs can be understood."""
        try:
            flavors.alias_keys()
            with cells.api_errors():
                found = _bad_flavors()
        except (cells.DatabaseProblem, request.InvalidVGPURequest) as error:
            return _failure(str(error))
        return _warning(' '.join(found)) if found else _success()

    def check_driver(self):
        """This node has what its driver needs; the host isn't asked."""
        if CONF.compute_driver != XENSERVER:
            return _success()
        xenserver_conf.register_opts(CONF)
        try:
            xenserver_settings.load(CONF.xenserver)
        except (cfg.Error, xenserver_errors.InvalidSettings) as error:
            return _failure(str(error))
        return _success()

    _upgrade_checks = (
        ('Column vgpus in all databases', check_column),
        ('Extension loaded', check_source),
        ('Scheduler filter', check_filter),
        ('Scheduler weigher', check_weigher),
        ('Flavors', check_flavors),
        ('Compute driver', check_driver),
    )


class _Unloadable(Exception):
    """One sentence on a dotted path in nova.conf that leads nowhere."""


def _class_names(handler, option):
    """Return the names of the classes that an option's paths lead to."""
    names = set()
    for path in CONF.filter_scheduler[option]:
        try:
            classes = handler.get_matching_classes([path])
        except (ImportError, ValueError, nova_exception.ClassNotFound):
            raise _Unloadable(
                f'{option} in [filter_scheduler] of nova.conf names {path}, '
                "which can't be loaded: correct it, or no scheduler starts."
            ) from None
        names.update(cls.__name__ for cls in classes)
    return names


def _bad_flavors():
    context = nova_context.get_admin_context()
    found = []
    for flavor in flavor_obj.FlavorList.get_all(context):
        try:
            flavors.vgpu_request(flavor)
        except request.InvalidVGPURequest as error:
            found.append(f'Flavor {flavor.name}: {error}')
    return found


def main():
    """Run the command.

    :returns: 0 if all is well, 1 for warnings, 2 for failures, 255 if it
        can't look
    """
    upgradecheck.register_cli_options(CONF, Checks())
    try:
        settings.load(sys.argv)
    except settings.BadConfiguration as error:
        print(error, file=sys.stderr)
        return 255
    # upgradecheck.main() would set it, for --json, but doesn't read nova.conf
    # in Nova's way.
    upgradecheck.CONF = CONF
    return upgradecheck.run(CONF)


if __name__ == '__main__':
    sys.exit(main())
