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


import datetime
from unittest import mock

import ddt
from oslotest import base

from nova_vgpu_ext.virt.xenapi import errors
from nova_vgpu_ext.virt.xenapi import hosts


def host(number, **changes):
    return {
        'uuid': f'uuid {number}',
        'name_label': f'Host {number}',
        'hostname': f'xen{number}',
        'address': f'10.0.0.{number}',
        **changes,
    }


@ddt.ddt
class FindTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.records = {f'ref {number}': host(number) for number in (1, 2)}

    def find(self, url='https://10.0.0.2', host_uuid=None):
        session = mock.Mock()
        session.call.return_value = self.records
        session.settings = mock.Mock(
            url=url,
            hostname=url.partition('//')[2].partition(':')[0],
            host_uuid=host_uuid,
        )
        return hosts.find(session)

    def refused(self, **kwargs):
        return str(
            self.assertRaises(errors.InvalidSettings, self.find, **kwargs)
        )

    def test_by_address(self):
        self.assertEqual(('ref 2', 'uuid 2', 'xen2'), self.find())

    @ddt.data('https://xen2', 'https://10.0.0.2:8443')
    def test_by_name_or_port(self, url):
        self.records['ref 2']['address'] = '10.0.0.2:8443'
        self.assertEqual('xen2', self.find(url).name)

    def test_by_resolved_name(self):
        with mock.patch('socket.getaddrinfo') as resolve:
            resolve.return_value = [(2, 1, 6, '', ('10.0.0.1', 0))]
            self.assertEqual('xen1', self.find('https://some.name').name)

    def test_by_uuid(self):
        self.assertEqual('xen1', self.find(host_uuid='uuid 1').name)

    def test_unknown_uuid(self):
        sentence = self.refused(host_uuid='uuid 3')
        self.assertIn('host_uuid uuid 3 is in no host', sentence)
        self.assertIn('Host 1 (uuid 1), Host 2 (uuid 2)', sentence)

    def test_unclear(self):
        for record in self.records.values():
            record['address'] = '10.0.0.2'
        self.assertIn('set [xenserver] host_uuid', self.refused())

    def test_none(self):
        with mock.patch('socket.getaddrinfo', side_effect=OSError):
            self.assertIn('uuid 2', self.refused(url='https://proxy'))


@ddt.ddt
class ResourcesTest(base.BaseTestCase):
    @ddt.data(
        ({'product_version': '8.2.1'}, 8002001),
        ({'product_version': '8.3'}, 8003000),
        ({'product_version': '', 'xapi': '26.1'}, 26001000),
        ({'product_version': 'unknown'}, 0),
        ({}, 0),
    )
    @ddt.unpack
    def test_version(self, software, version):
        self.assertEqual(version, hosts.version(software))

    def test_resources(self):
        found = hosts.resources(
            host(
                1,
                software_version={'product_version': '8.2.1'},
                cpu_info={'cpu_count': '16', 'modelname': 'Fast'},
                capabilities=[
                    'xen-3.0-x86_64',
                    'hvm-3.0-x86_32p',
                    'hvm-3.0-x86_64',
                    'something-else',
                ],
            ),
            {'memory_total': str(64 << 30), 'memory_free': str(60 << 30)},
            {
                'physical_size': str(500 << 30),
                'physical_utilisation': str(20 << 30),
                'virtual_allocation': str(100 << 30),
            },
        )
        self.assertEqual(16, found['vcpus'])
        self.assertEqual(65536, found['memory_mb'])
        self.assertEqual(4096, found['memory_mb_used'])
        self.assertEqual(500, found['local_gb'])
        self.assertEqual(20, found['local_gb_used'])
        self.assertEqual(400, found['disk_available_least'])
        self.assertEqual(
            [
                ('i686', 'xen', 'hvm'),
                ('x86_64', 'xen', 'hvm'),
                ('x86_64', 'xen', 'xen'),
            ],
            found['supported_instances'],
        )

    def test_uptime(self):
        now = datetime.datetime(2026, 1, 5, 12, 34, 56, tzinfo=datetime.UTC)
        booted = now - datetime.timedelta(days=3, hours=2, minutes=5)
        record = {'other_config': {'boot_time': f'{booted.timestamp():.0f}.'}}
        self.assertEqual('12:34:56 up 3 days, 2:05', hosts.uptime(record, now))

    def test_uptime_unknown(self):
        now = datetime.datetime(2026, 1, 5, tzinfo=datetime.UTC)
        self.assertEqual(
            '00:00:00 up 0 days, 0:00',
            hosts.uptime({'other_config': {}}, now),
        )
