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
"""What vGPUs cost the scheduler per host, beside what stock Nova costs.

Prints medians per host in microseconds, and their ratios, all taken in this
one process in turns, so that the machine's moods touch all of them alike.
"""

import statistics
import time

from nova import objects
from nova.objects import compute_node as stock_node
from nova.scheduler import host_manager
from nova.scheduler import weights
from nova.scheduler.filters import compute_capabilities_filter
from nova.scheduler.filters import pci_passthrough_filter

from benchmarks import cloud
from nova_vgpu_ext import extension

STOCK_HOST_STATE = host_manager.HostState
ROUNDS = 9
OURS = 'VGPUCapacityFilter'


def median_us(work, prepare=lambda: None):
    """Median over the rounds of the time of work(prepare()) per host."""
    times = []
    for _ in range(ROUNDS):
        prepared = prepare()
        start = time.perf_counter()
        work(prepared)
        times.append(time.perf_counter() - start)
    return statistics.median(times) / cloud.HOSTS * 1e6


def update(node_class, state_class, rows):
    """From database rows to host states."""
    states = []
    for row in rows:
        node = node_class._from_db_object(None, node_class(), row)
        state = state_class(row['host'], row['host'], 'cell')
        state.update(compute=node)
        state.allocation_candidates = [{'mappings': None}]
        states.append(state)
    return states


def changed(rows):
    """The same rows after a claim on each host."""
    from nova_vgpu_ext import capacity
    from nova_vgpu_ext import request

    changed.count += 1
    wanted = request.VGPURequest.of({cloud.WANTED: 1})
    return [
        dict(
            row,
            vgpus=capacity.HostVGPUs.from_json(row['vgpus'])
            .claim(f'change-{changed.count}', wanted)
            .to_json(),
        )
        for row in rows
    ]


changed.count = 0


def spec(extra_specs, pci=False):
    """A boot request."""
    requests = []
    if pci:
        wanted = [{'vendor_id': '10de', 'product_id': '2235'}]
        requests = [
            objects.InstancePCIRequest(
                count=1, spec=wanted, request_id='request'
            )
        ]
    return objects.RequestSpec(
        instance_uuid='00000000-0000-0000-0000-000000000001',
        flavor=objects.Flavor(
            vcpus=1, memory_mb=512, root_gb=1, extra_specs=extra_specs
        ),
        scheduler_hints={},
        pci_requests=objects.InstancePCIRequests(requests=requests),
    )


def filtering(filter_, request_spec):
    return lambda states: list(filter_.filter_all(states, request_spec))


class Measurement:
    """Takes all figures, in microseconds per host."""

    def __init__(self):
        extension.install()
        objects.register_all()
        from nova_vgpu_ext.objects import compute_node
        from nova_vgpu_ext.scheduler import host_state

        self._ours = (compute_node.ComputeNode, host_state.HostState)
        self._rows = cloud.rows()
        self._plain = spec({f'vgpus:{cloud.WANTED}': '1'})

    def figures(self):
        """{what: microseconds per host}"""
        return {**self._updates(), **self._filters(), **self._weigher()}

    def _fresh(self):
        return update(*self._ours, self._rows)

    def _changed(self):
        return update(*self._ours, changed(self._rows))

    def _updates(self):
        stock = (stock_node.ComputeNode, STOCK_HOST_STATE)
        return {
            'stock HostState update': median_us(
                lambda rows: update(*stock, rows), lambda: self._rows
            ),
            'HostState update, text unchanged': median_us(
                lambda rows: update(*self._ours, rows), lambda: self._rows
            ),
            'HostState update, text changed': median_us(
                lambda rows: update(*self._ours, rows),
                lambda: changed(self._rows),
            ),
        }

    def _filters(self):
        from nova_vgpu_ext.scheduler import filters

        ours = filters.VGPUCapacityFilter()
        pci = pci_passthrough_filter.PciPassthroughFilter()
        stock = compute_capabilities_filter.ComputeCapabilitiesFilter()
        capable = spec({f'capabilities:vgpus:{cloud.WANTED}': '> 0'})
        return {
            name: median_us(filtering(filter_, wanted), states)
            for name, filter_, wanted, states in (
                ('PciPassthroughFilter', pci, spec({}, True), self._fresh),
                ('ComputeCapabilitiesFilter', stock, capable, self._fresh),
                (f'{OURS}, text unchanged', ours, self._plain, self._fresh),
                (f'{OURS}, text changed', ours, self._plain, self._changed),
                (f'{OURS}, flavor without vGPUs', ours, spec({}), self._fresh),
            )
        }

    def _weigher(self):
        from nova_vgpu_ext.scheduler import weights as our_weights

        def weigh(states):
            weighed = [weights.WeighedHost(state, 0.0) for state in states]
            our_weights.VGPUWeigher().weigh_objects(weighed, self._plain)

        return {
            'VGPUWeigher, text unchanged': median_us(weigh, self._fresh),
            'VGPUWeigher, text changed': median_us(weigh, self._changed),
        }


REFERENCES = {
    'HostState update': 'stock HostState update',
    OURS: 'PciPassthroughFilter',
    'VGPUWeigher': 'PciPassthroughFilter',
    'ComputeCapabilitiesFilter': 'PciPassthroughFilter',
}


def main():
    figures = Measurement().figures()
    print(
        f'{cloud.HOSTS} hosts of {cloud.PGPUS} pGPUs with {cloud.MODELS} '
        f'models each; medians of {ROUNDS} rounds'
    )
    for what, figure in figures.items():
        print(f'{what:42} {figure:9.2f} us per host', end='')
        reference = REFERENCES.get(what.split(',')[0])
        if reference:
            ratio = figure / figures[reference]
            print(f'  {ratio:8.4f} x {reference}', end='')
        print()
