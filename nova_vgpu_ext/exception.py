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

"""What goes wrong between the extension and Nova.

The pure errors, gpus.InvalidVGPUs and request.InvalidVGPURequest, are
ValueErrors, as nothing pure knows Nova.
"""

from nova import exception


class UnsupportedNova(exception.NovaException):
    """install() met a Nova that the extension was not built for."""

    msg_fmt = (
        'nova-vgpu-ext does not know this Nova: %(reason)s. Install a '
        'nova-vgpu-ext for it, or take the configuration source vgpus out '
        'of nova.conf.'
    )


class WrongFlavor(exception.RequestFilterFailed):
    """The scheduler refuses a flavor; Nova makes it a NoValidHost."""

    msg_fmt = '%(reason)s'


class ImageNeedsGPU(exception.FlavorImageConflict):
    """The API refuses a flavor for an image; a 400 to the user."""

    msg_fmt = '%(reason)s'


class ColumnMissing(exception.NovaException):
    """A cell's database has not been migrated."""

    msg_fmt = (
        'The database has no column compute_nodes.vgpus: run '
        '"nova-vgpu-manage db sync" for the database of each cell and '
        'cell0, then try again.'
    )
