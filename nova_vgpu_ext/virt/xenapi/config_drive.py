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


"""The config drive of an instance, as a disk of its own."""

import os
import tempfile

from nova.api.metadata import base as instance_metadata
from nova.virt import configdrive
from oslo_utils import units

from nova_vgpu_ext.virt.xenapi import imports
from nova_vgpu_ext.virt.xenapi import storage

_CHUNK = 64 * units.Ki


def make(instance, disks, session, network_info, files, password):
    """Make the disk.

    :param disks: storage.Disks
    :param files: that the user injects
    :param password: of the guest's administrator, or None
    :returns: reference of the VDI
    """
    extra = {'admin_pass': password} if password else {}
    metadata = instance_metadata.InstanceMetadata(
        instance, content=files, extra_md=extra, network_info=network_info
    )
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, 'configdrive')
        with configdrive.ConfigDriveBuilder(instance_md=metadata) as builder:
            builder.make_drive(path)
        return _upload(path, instance, disks, session)


def _upload(path, instance, disks, session):
    length = os.path.getsize(path)
    size = -(-length // units.Mi) * units.Mi
    disk = disks.create(instance, storage.CONFIG_DRIVE, size)
    with (
        open(path, 'rb') as file,
        imports.DiskImport(
            session, instance.uuid, disk, 'raw', length
        ) as sink,
    ):
        while chunk := file.read(_CHUNK):
            sink.write(chunk)
    return disk
