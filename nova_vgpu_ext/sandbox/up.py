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

"""``nova-vgpu-sandbox up``: run a cloud until somebody ends it."""

import contextlib
import os
import shlex
import shutil
import sys
import tempfile
import time
import traceback

from nova_vgpu_ext.sandbox import directory
from nova_vgpu_ext.sandbox import environ
from nova_vgpu_ext.sandbox import errors
from nova_vgpu_ext.sandbox import hosts
from nova_vgpu_ext.sandbox import hypervisors
from nova_vgpu_ext.sandbox import requirements
from nova_vgpu_ext.sandbox import stopping

# How the line begins that says so; the demo waits for it.
READY = 'Ready after'

USAGE = """\
Use it from another shell:

    export {exports}
    openstack flavor create --vcpus 1 --ram 64 --disk 1 \\
        --property 'vgpus:GRID K260Q=1' gpu
    openstack server create --flavor gpu --image cirros --nic none --wait one
    nova-vgpu-manage --config-file {nova_conf} capacity list

{note}Ctrl-C ends it."""


def run(options):
    """Run a cloud; the process ends here, with the cloud.

    :param options: with ``dir``, ``driver``, ``port``, ``hosts``,
        ``stop_with_stdin``
    :raises SandboxError: something isn't installed
    """
    stop = stopping.StopRequest()
    stop.listen()
    if options.stop_with_stdin:
        stop.listen_to(sys.stdin.buffer)
    requirements.check()
    environ.bypass_proxy()
    # From here on threads of Nova's may run, which hold a normal exit.
    stopping.leave(_serve(options, stop))


def _serve(options, stop):
    """The exit status of a cloud, from its start to its end."""
    try:
        with directory.opened(options.dir) as layout:
            _run_cloud(layout, options, stop)
    except errors.Interrupted:
        say('Ended before it was ready.')
    except errors.SandboxError as error:
        print(error, file=sys.stderr)
        return 1
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def _run_cloud(layout, options, stop):
    # Both import what requirements.check has just looked for.
    from nova_vgpu_ext.sandbox import cloud as clouds
    from nova_vgpu_ext.sandbox import httpd

    server = httpd.Server(options.port)
    made = hypervisors.make(layout, options.driver, options.port)
    names = hosts.prepare(layout, made, options.hosts)
    cloud = clouds.Cloud(layout, names, made, server)
    try:
        seconds = _start(cloud, layout, options, stop)
        say(f'{READY} {seconds:.1f} s: {server.url}, files in {layout.root}')
        say(usage(layout, made.note()))
        stop.wait()
        say('Ending.')
    finally:
        cloud.stop()
    say('Ended.')


def _start(cloud, layout, options, stop):
    """Start all services; return the seconds that it took."""
    began = time.monotonic()
    for title, function in cloud.stages():
        stop.check()
        try:
            function()
        except errors.SandboxError:
            raise
        # Whatever it is, the process must end: threads would keep it alive.
        # Nova's own start-up code leaves by SystemExit.
        except (Exception, SystemExit) as error:
            where = _kept_log(layout, options)
            raise errors.SandboxError(
                f"{title} didn't start ({_reason(error)}){where}."
            ) from error
        say(f'{time.monotonic() - began:5.1f} s  {title}')
    return time.monotonic() - began


def _reason(error):
    """What went wrong, in one line and without a full stop."""
    if isinstance(error, SystemExit):
        if not isinstance(error.code, str):
            return 'it gave up'
        return error.code.rstrip('.')
    first, _, _ = str(error).partition('\n')
    return f'{type(error).__name__}: {first}'.rstrip('.')


def _kept_log(layout, options):
    """A hint where the log is when this process has ended."""
    if not layout.log.exists():
        return ''
    if options.dir:
        return f': see {layout.log}'
    handle, copy = tempfile.mkstemp(prefix='nova-vgpu-sandbox-', suffix='.log')
    os.close(handle)
    shutil.copy(layout.log, copy)
    return f': see {copy}'


def usage(layout, note):
    """How to use the cloud from a shell.

    :param note: what else there is to know, or nothing
    """
    exports = ' '.join(
        f'{name}={shlex.quote(value)}'
        for name, value in environ.exports(layout).items()
    )
    conf = shlex.quote(str(layout.nova_conf))
    note = f'{note}\n\n' if note else ''
    return USAGE.format(exports=exports, nova_conf=conf, note=note)


def say(text):
    """Tell it at once, also when a pipe is read at the other end."""
    # Whoever read it may be gone, and the cloud must still end in order.
    with contextlib.suppress(BrokenPipeError):
        print(text, flush=True)
