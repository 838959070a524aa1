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

"""The configuration files of the cloud."""

import configparser

import yaml

from nova_vgpu_ext.sandbox import identity
from nova_vgpu_ext.sandbox import paste

ADDRESS = '127.0.0.1'
CLOUD = 'vgpu'
USER = 'admin'


def write(layout, url, driver):
    """Write all configuration files.

    :param url: of the whole sandbox, without a path
    :param driver: what nova.conf says of it: {section: {option: value}}
    """
    layout.nova_conf.write_text(render(nova(layout, url, driver)))
    layout.placement_conf.write_text(render(placement(layout)))
    layout.paste.write_text(paste.adapted(paste.packaged(), url))
    layout.clouds.write_text(yaml.safe_dump(clouds(url)))


def read(layout):
    """A RawConfigParser with nova.conf, which is empty before the first
    start; of repeated options it has the last.
    """
    parser = configparser.RawConfigParser(strict=False)
    parser.read(layout.nova_conf)
    return parser


def render(sections):
    """An INI file; an option with a list of values is repeated."""
    lines = []
    for section, options in sections.items():
        lines.append(f'[{section}]')
        for option, value in options.items():
            values = value if isinstance(value, list) else [value]
            lines.extend(f'{option} = {each}' for each in values)
        lines.append('')
    return '\n'.join(lines)


def extension():
    """The lines that turn the extension on: the same as in a real cloud."""
    # Not above: Nova's modules must not be imported before its threading
    # backend is chosen.
    from nova.conf import scheduler

    stock = next(
        option.default
        for option in scheduler.filter_scheduler_opts
        if option.name == 'enabled_filters'
    )
    return {
        'DEFAULT': {'config_source': 'vgpus'},
        'vgpus': {'driver': 'vgpus'},
        'filter_scheduler': {
            'available_filters': [
                'nova.scheduler.filters.all_filters',
                'nova_vgpu_ext.scheduler.filters.VGPUCapacityFilter',
            ],
            'enabled_filters': ','.join([*stock, 'VGPUCapacityFilter']),
            'weight_classes': ','.join(
                (
                    'nova.scheduler.weights.all_weighers',
                    'nova_vgpu_ext.scheduler.weights.VGPUWeigher',
                )
            ),
        },
    }


def nova(layout, url, driver):
    """nova.conf, as {section: {option: value}}."""
    ours = extension()
    default = {**driver['DEFAULT'], **ours.pop('DEFAULT')}
    login = _login(url)
    return {
        'DEFAULT': {
            **default,
            'transport_url': 'fake://',
            'state_path': layout.state,
            'log_file': layout.log,
            # Up to 20 seconds, Nova stops without waiting for its tasks.
            'manager_shutdown_timeout': 15,
            'reclaim_instance_interval': 0,
            # Where the vGPUs are is in the database soon, for those who look.
            'update_resources_interval': 10,
        },
        **ours,
        **{name: driver[name] for name in driver if name != 'DEFAULT'},
        'database': {'connection': layout.database('cell1')},
        'api_database': {'connection': layout.database('api')},
        'wsgi': {'api_paste_config': layout.paste},
        'oslo_concurrency': {'lock_path': layout.state},
        'glance': {'endpoint_override': f'{url}/image'},
        'keystone': {'endpoint_override': f'{url}/identity/v3'},
        'neutron': login,
        'placement': login,
        'service_user': {'send_service_user_token': 'false'},
        'key_manager': {'backend': 'nova.keymgr.conf_key_mgr.ConfKeyManager'},
        'quota': dict.fromkeys(('instances', 'cores', 'ram'), -1),
        'scheduler': {'workers': 1},
        'conductor': {'workers': 1},
    }


def placement(layout):
    """placement.conf, as {section: {option: value}}."""
    return {
        'DEFAULT': {'log_file': layout.log},
        'api': {'auth_strategy': 'noauth2'},
        'placement_database': {
            'connection': layout.database('placement'),
            'sync_on_startup': 'true',
        },
    }


def clouds(url):
    """clouds.yaml, for the command line client."""
    return {
        'clouds': {
            CLOUD: {
                'auth': _credentials(url),
                'region_name': identity.REGION,
                'identity_api_version': 3,
            }
        }
    }


def _credentials(url):
    return {
        'auth_url': f'{url}/identity/v3',
        'username': USER,
        'password': USER,
        'project_name': identity.PROJECT,
        'user_domain_id': 'default',
        'project_domain_id': 'default',
    }


def _login(url):
    return {
        'auth_type': 'password',
        'region_name': identity.REGION,
        **_credentials(url),
    }
