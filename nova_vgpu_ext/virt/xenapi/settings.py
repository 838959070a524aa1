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


"""The settings of one nova-compute, checked and fixed at its start."""

import dataclasses
import importlib.util
import os
import ssl
import urllib.parse

from nova_vgpu_ext.virt.xenapi import errors

DEFAULT_SR = 'default-sr'
OTHER_CONFIG = 'other-config'


@dataclasses.dataclass(frozen=True)
class Settings:
    """``[xenserver]`` as options of the same names.

    :ivar sr_key: of the repository's ``other-config``; None for the pool's
        default repository
    """

    url: str
    username: str
    password: str = dataclasses.field(repr=False)
    host_uuid: str | None
    cafile: str | None
    insecure: bool
    connections: int
    login_timeout: int
    running_timeout: int
    sr_key: str | None
    sr_value: str | None

    @property
    def hostname(self):
        """The host's name or address in the URL."""
        return urllib.parse.urlsplit(self.url).hostname


def load(group):
    """The Settings of an oslo.config group.

    :raises InvalidSettings: one sentence that says how to mend them
    """
    _require(
        importlib.util.find_spec('XenAPI'),
        'The XenServer driver needs the XenAPI bindings: run "pip install '
        'XenAPI" in the Python environment of nova-compute.',
    )
    for option in ('connection_url', 'connection_password'):
        _require(group[option], f'Set [xenserver] {option} in nova.conf.')
    key, value = _sr_filter(group.sr_matching_filter)
    _check_certificates(group.cafile)
    return Settings(
        url=_url(group.connection_url),
        username=group.connection_username,
        password=group.connection_password,
        host_uuid=group.host_uuid,
        cafile=group.cafile,
        insecure=group.insecure,
        connections=group.connection_concurrent,
        login_timeout=group.login_timeout,
        running_timeout=group.running_timeout,
        sr_key=key,
        sr_value=value,
    )


def _require(holds, sentence):
    if not holds:
        raise errors.InvalidSettings(reason=sentence)


def _check_certificates(path):
    _require(
        path is None or os.access(path, os.R_OK),
        f'[xenserver] cafile {path} can not be read: name a file that the '
        'user who runs nova-compute may read.',
    )
    try:
        ssl.create_default_context(cafile=path)
    except OSError:
        _require(
            False,
            f'[xenserver] cafile {path} holds no certificates in the form '
            'PEM.',
        )


def _url(text):
    parts = urllib.parse.urlsplit(text)
    _require(
        parts.scheme in ('http', 'https')
        and parts.hostname
        and '@' not in parts.netloc,
        '[xenserver] connection_url must be like https://10.0.0.11; user '
        'and password have options of their own.',
    )
    return f'{parts.scheme}://{parts.netloc}'


def _sr_filter(text):
    """(key, value) of the other-config to look for, None for the default."""
    kind, _, condition = text.partition(':')
    if (kind, condition) == (DEFAULT_SR, 'true'):
        return None, None
    key, equals, value = condition.partition('=')
    _require(
        kind == OTHER_CONFIG and key and equals,
        f'[xenserver] sr_matching_filter is {text!r}: it must be '
        '"default-sr:true" or "other-config:KEY=VALUE".',
    )
    return key, value
