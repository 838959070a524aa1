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

"""The versioned-object field that carries a host's books."""

from oslo_versionedobjects import fields

from nova_vgpu_ext import capacity


class VGPUs(fields.FieldType):
    """A capacity.HostVGPUs, on the wire as its JSON text."""

    @staticmethod
    def coerce(obj, attr, value):
        """:raises InvalidVGPUs: for a text that is no books' text."""
        if isinstance(value, capacity.HostVGPUs):
            return value
        if isinstance(value, str):
            return capacity.HostVGPUs.from_json(value)
        raise ValueError(
            f'Field {attr} takes HostVGPUs or its text, not {type(value)}'
        )

    @staticmethod
    def to_primitive(obj, attr, value):
        return value.to_json()

    @staticmethod
    def from_primitive(obj, attr, value):
        return capacity.HostVGPUs.from_json(value)

    def stringify(self, value):
        return str(dict(value.free))


class VGPUsField(fields.AutoTypedField):
    AUTO_TYPE = VGPUs()
