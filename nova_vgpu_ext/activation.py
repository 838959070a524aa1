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

"""The configuration source by which every Nova process loads the extension.

oslo.config loads it for ``[DEFAULT] config_source = vgpus`` with ``[vgpus]
driver = vgpus``, while it reads nova.conf. Other programs read that file
too, among them privsep's helper, which runs as root. Hence nothing heavy is
imported here, and nothing is done but in a program of Nova's.
"""

from oslo_config import sources


class NoValues(sources.ConfigurationSource):
    """A source that sets no option."""

    def get(self, group_name, option_name, opt):
        return (sources._NoValue, None)


class VGPUConfigurationSourceDriver(sources.ConfigurationSourceDriver):
    """Installs the extension; as a configuration source, it is empty."""

    def open_source_from_opt_group(self, conf, group_name):
        if conf.project == 'nova':
            _install()
        return NoValues()

    def list_options_for_discovery(self):
        return []


def _install():
    """End the process where the extension can't work.

    oslo.config logs an ordinary exception and goes on without the source:
    half of a cloud's services with the extension, half without, would
    corrupt its books. Hence any exception ends the process; one that
    install() doesn't know of comes from a Nova that lacks what it needs.
    """
    from nova_vgpu_ext import exception

    try:
        from nova_vgpu_ext import extension

        extension.install()
    except exception.UnsupportedNova as error:
        raise SystemExit(error.format_message()) from None
    except Exception as error:
        unknown = exception.UnsupportedNova(reason=error)
        raise SystemExit(unknown.format_message()) from error
