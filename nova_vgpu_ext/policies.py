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

"""Who may see what of vGPUs by the API, unless policy.yaml says otherwise."""

from nova import policy as nova_policy
from nova.policies import base
from oslo_policy import policy

INDEX = 'os_compute_api:vgpus:index'
LIST_HOSTS = 'os_compute_api:vgpus:hosts:index'
SHOW_HOST = 'os_compute_api:vgpus:hosts:show'
EXPLAIN = 'os_compute_api:vgpus:explain'


def _rule(name, check_str, description, method, path):
    return policy.DocumentedRuleDefault(
        name=name,
        check_str=check_str,
        description=description,
        operations=[{'method': method, 'path': path}],
        scope_types=['project'],
    )


RULES = (
    _rule(
        INDEX,
        base.PROJECT_READER_OR_ADMIN,
        'List how many vGPUs of each model there are in the cloud, without '
        'any host.',
        'GET',
        '/vgpus',
    ),
    _rule(
        LIST_HOSTS,
        base.ADMIN,
        'List how many vGPUs of each model each host has.',
        'GET',
        '/vgpus/hosts',
    ),
    _rule(
        SHOW_HOST,
        base.ADMIN,
        'Show the physical GPUs of a host, the vGPUs on each, and which '
        'servers have them.',
        'GET',
        '/vgpus/hosts/{host}',
    ),
    _rule(
        EXPLAIN,
        base.ADMIN,
        'Explain on which hosts the vGPUs of a flavor fit, and why not on '
        'the others.',
        'POST',
        '/vgpus/explain',
    ),
)


def list_rules():
    """For oslopolicy-sample-generator."""
    return list(RULES)


def register():
    """Let Nova's enforcer know the rules; further calls do nothing."""
    nova_policy.init()
    enforcer = nova_policy._ENFORCER
    for rule in RULES:
        if rule.name not in enforcer.registered_rules:
            enforcer.register_default(rule)


def get_enforcer():
    """Nova's enforcer with our rules, for the tools of oslo.policy."""
    nova_policy.get_enforcer()
    register()
    return nova_policy._ENFORCER
