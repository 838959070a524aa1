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

"""Play the main job with the real ``openstack`` command line.

The cloud runs in a process of its own. Each command is shown with its
output, each step is checked, and the first that fails ends the demo.
"""

import pathlib
import shutil
import signal
import sys
import tempfile
import time

from nova_vgpu_ext.sandbox import child
from nova_vgpu_ext.sandbox import errors
from nova_vgpu_ext.sandbox import hypervisors
from nova_vgpu_ext.sandbox import layout as layouts
from nova_vgpu_ext.sandbox import requirements
from nova_vgpu_ext.sandbox import shell
from nova_vgpu_ext.sandbox import steps

MOST_SECONDS = 120
MOST_MIB = 600
INTERRUPTED = 130


def run(options):
    """Run the demo; return its exit status.

    :param options: with ``dir``, ``driver``, ``port``
    :raises SandboxError: the cloud doesn't start
    """
    driver = options.driver or hypervisors.DRIVERS[0]
    requirements.check(*requirements.CLIENT)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    layout = _new_layout(options.dir)
    try:
        status = _play(layout, driver, options.port)
    except KeyboardInterrupt:
        status = INTERRUPTED
    if options.dir is None and not (status == 1 and layout.log.exists()):
        shutil.rmtree(layout.root, ignore_errors=True)
    elif status == 1:
        print(f'The log is {layout.log}.', file=sys.stderr)
    return status


def _new_layout(path):
    if path is None:
        path = tempfile.mkdtemp(prefix='nova-vgpu-demo-')
    layout = layouts.Layout(pathlib.Path(path).absolute())
    if layout.nova_conf.exists():
        raise errors.SandboxError(
            f'The demo needs a sandbox of its own, and there is one in '
            f'{path} already: choose another directory.'
        )
    return layout


def _play(layout, driver, port):
    """Play all steps in a cloud; return the exit status."""
    began = time.monotonic()
    cloud = child.CloudProcess(layout.root, driver, port)
    try:
        if not cloud.wait_until_ready():
            return 1
        _play_steps(steps.Steps(layout))
        memory = cloud.peak_memory()
    except shell.StepFailed as failure:
        print(f'\nFailed: {failure}', file=sys.stderr)
        return 1
    finally:
        ended = cloud.stop()
    return _sum_up(time.monotonic() - began, memory, ended)


def _play_steps(story):
    for title, step in story.all():
        print(f'\n=== {title}', flush=True)
        step()


def _sum_up(seconds, memory, ended):
    """Print the figures; return 0 if the cloud ended as it should.

    Time is told and no more: a machine that is busy is no failure.

    :param memory: in MiB
    :param ended: the exit status of the cloud
    """
    print(
        f'\nAll steps were checked. It took {seconds:.0f} s (on 2 idle cores '
        f'at most {MOST_SECONDS}); the peak memory of the cloud was {memory} '
        f'MiB (at most {MOST_MIB}).',
        flush=True,
    )
    if memory > MOST_MIB:
        print('That is too much memory.', file=sys.stderr)
        return 1
    if ended != 0:
        print(f'The cloud ended with status {ended}.', file=sys.stderr)
        return 1
    return 0
