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

"""Starting, stopping, pausing and suspending VMs (xapi_vm.ml)."""

from nova_vgpu_ext.sandbox.xapi import boot_checks
from nova_vgpu_ext.sandbox.xapi import gpu_choice
from nova_vgpu_ext.sandbox.xapi import gpu_room
from nova_vgpu_ext.sandbox.xapi import handlers
from nova_vgpu_ext.sandbox.xapi import suspension
from nova_vgpu_ext.sandbox.xapi import vbds
from nova_vgpu_ext.sandbox.xapi import vm_domain
from nova_vgpu_ext.sandbox.xapi import vm_operations
from nova_vgpu_ext.sandbox.xapi.failure import Failure
from nova_vgpu_ext.sandbox.xapi.signatures import NULL


class Power(handlers.Handlers):
    """The calls of class VM that change its power state."""

    def start(self, call, vm, start_paused, force):
        with self._during(call, vm, 'start'):
            self._boot(vm, self._any_host(vm), start_paused, force)

    def start_on(self, call, vm, host, start_paused, force):
        with self._during(call, vm, 'start_on'):
            self._boot(vm, host, start_paused, force)

    def resume(self, call, vm, start_paused, force):
        with self._during(call, vm, 'resume'):
            self._resume(vm, self._any_host(vm), start_paused)

    def resume_on(self, call, vm, host, start_paused, force):
        with self._during(call, vm, 'resume_on'):
            self._resume(vm, host, start_paused)

    def assert_can_boot_here(self, call, vm, host):
        boot_checks.check(self.pool, vm, host)

    def get_possible_hosts(self, call, vm):
        return self._possible_hosts(vm)

    def clean_shutdown(self, call, vm):
        with self._during(call, vm, 'clean_shutdown'):
            vm_domain.leave(self.pool, vm, 'Halted')

    def hard_shutdown(self, call, vm):
        with self._during(call, vm, 'hard_shutdown'):
            suspension.forget(self.pool, vm)
            vm_domain.leave(self.pool, vm, 'Halted')

    def shutdown(self, call, vm):
        """Cleanly if that can be done, hard otherwise."""
        with self._during(call, vm, 'shutdown'):
            suspension.forget(self.pool, vm)
            vm_domain.leave(self.pool, vm, 'Halted')

    def clean_reboot(self, call, vm):
        with self._during(call, vm, 'clean_reboot'):
            self._reboot(vm)

    def hard_reboot(self, call, vm):
        with self._during(call, vm, 'hard_reboot'):
            self._reboot(vm)

    def pause(self, call, vm):
        with self._during(call, vm, 'pause'):
            self.db.write('VM', vm, power_state='Paused')

    def unpause(self, call, vm):
        with self._during(call, vm, 'unpause'):
            self.db.write('VM', vm, power_state='Running')

    def suspend(self, call, vm):
        with self._during(call, vm, 'suspend'):
            suspension.save(self.pool, vm)
            vm_domain.leave(self.pool, vm, 'Suspended')

    def power_state_reset(self, call, vm):
        """Believe that a VM is halted whose host is no more."""
        row = self.db.row('VM', vm)
        if row['is_control_domain']:
            raise Failure('CANNOT_RESET_CONTROL_DOMAIN', vm)
        host = row['resident_on']
        if host == self.pool.master:
            raise Failure('DOMAIN_EXISTS', vm, row['domid'])
        if self.db.has('host', host) and boot_checks.is_live(self.db, host):
            raise Failure('HOST_IS_LIVE', host)
        vm_domain.leave(self.pool, vm, 'Halted')

    def _during(self, call, vm, operation):
        return vm_operations.during(self.pool, vm, operation, call.task)

    # Booting

    def _boot(self, vm, host, paused, force):
        for vbd in self.db.row('VM', vm)['VBDs']:
            vbds.check_attachable(self.db, vbd)
        self._appear(vm, host, paused, lambda: self._check_start(vm, force))

    def _resume(self, vm, host, paused):
        self._appear(vm, host, paused, lambda: self._check_licence(vm))
        suspension.forget(self.pool, vm)

    def _appear(self, vm, host, paused, check):
        """Reserve, check what XAPI checks after that, then run."""
        places = boot_checks.check(self.pool, vm, host)
        vm_domain.schedule(self.db, vm, host, places)
        try:
            self.pool.pause(self.pool.settings.start_seconds)
            check()
        except Failure:
            vm_domain.unschedule(self.db, vm)
            raise
        vm_domain.appear(self.pool, vm, host, paused)

    def _check_start(self, vm, force):
        row = self.db.row('VM', vm)
        if row['VGPUs'] and not boot_checks.is_hvm(self.db, vm):
            raise Failure(
                'FEATURE_REQUIRES_HVM', 'vGPU- and GPU-passthrough needs HVM'
            )
        self._check_licence(vm)
        if not force:
            self._check_pinned(vm)

    def _check_pinned(self, vm):
        """Virtual functions reach into the guest's memory: it must stay."""
        row = self.db.row('VM', vm)
        names = ('dynamic_min', 'dynamic_max', 'static_max')
        sizes = {row[f'memory_{name}'] for name in names}
        kinds = [self._type(vgpu)['implementation'] for vgpu in row['VGPUs']]
        if 'nvidia_sriov' in kinds and len(sizes) > 1:
            raise Failure('MEMORY_CONSTRAINT_VIOLATION_MAXPIN', 'SRIOV vGPU')

    def _check_licence(self, vm):
        kinds = [
            self._type(vgpu)['implementation']
            for vgpu in self.db.row('VM', vm)['VGPUs']
        ]
        virtual = [kind for kind in kinds if kind != gpu_room.PASSTHROUGH]
        if virtual and not self.pool.licensed('vgpu'):
            raise Failure('LICENCE_RESTRICTION', 'VGPU')

    def _type(self, vgpu):
        return self.db.row('VGPU_type', self.db.row('VGPU', vgpu)['type'])

    def _reboot(self, vm):
        """A reboot keeps the VM's host and pGPUs."""
        self.db.write(
            'VM', vm, power_state='Running', domid=self.pool.next_domain()
        )
        vm_domain.measure(self.pool, vm)

    # Choosing a host

    def _any_host(self, vm):
        """A host for the VM; why there is none isn't said."""
        ranked = gpu_choice.rank_hosts(self.pool, vm, self._possible_hosts(vm))
        for hosts in ranked:
            if hosts:
                return self._one_of(vm, hosts)
        raise Failure('NO_HOSTS_AVAILABLE')

    def _one_of(self, vm, hosts):
        affinity = self.db.row('VM', vm)['affinity']
        if affinity != NULL and affinity in hosts:
            return affinity
        return self.pool.random.choice(hosts)

    def _possible_hosts(self, vm):
        found = []
        for host in self.db.tables['host']:
            try:
                boot_checks.check(self.pool, vm, host)
            except Failure:
                continue
            found.append(host)
        return found
