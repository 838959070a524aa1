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

"""The calls of host and pool (xapi_host.ml, xapi_pool.ml)."""

from nova_vgpu_ext.sandbox.xapi import handlers
from nova_vgpu_ext.sandbox.xapi import memory
from nova_vgpu_ext.sandbox.xapi.failure import Failure
from nova_vgpu_ext.sandbox.xapi.signatures import NULL


class Host(handlers.Handlers):
    """The calls of class host."""

    def enable(self, call, host):
        self.db.write('host', host, enabled=True)

    def disable(self, call, host, auto_enable=True):
        self.db.write('host', host, enabled=False)

    def compute_free_memory(self, call, host):
        return memory.free(self.db, host)

    def get_servertime(self, call, host):
        self.db.row('host', host)
        return self.pool.now()

    def get_server_localtime(self, call, host):
        return self.get_servertime(call, host)

    def get_management_interface(self, call, host):
        for pif in self.db.row('host', host)['PIFs']:
            if self.db.row('PIF', pif)['management']:
                return pif
        return NULL

    def call_plugin(self, call, host, plugin, function, arguments):
        """Nothing is installed in this host's control domain."""
        self.db.row('host', host)
        raise Failure('XENAPI_MISSING_PLUGIN', plugin)

    def list_methods(self, call):
        return self.pool.signatures.names()


class Pool(handlers.Handlers):
    """The calls of class pool."""

    def designate_new_master(self, call, host):
        self.db.row('host', host)
        self.db.write('pool', self.pool.ref, master=host)
