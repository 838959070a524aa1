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

"""The page of the documentation that says what works on which driver.

    python -m tests.functional.paths.table > doc/source/paths.rst

It is made of the tests: of the docstrings of the paths, and of what they
expect to be refused. One of the tests compares it with the page.
"""

import sys

from tests.functional.paths import drivers
from tests.functional.paths import refusals
from tests.functional.paths import test_boot
from tests.functional.paths import test_delete
from tests.functional.paths import test_evacuate
from tests.functional.paths import test_failed_resize
from tests.functional.paths import test_hardware
from tests.functional.paths import test_live
from tests.functional.paths import test_power
from tests.functional.paths import test_resize
from tests.functional.paths import test_restart
from tests.functional.paths import test_scheduling
from tests.functional.paths import test_shelve

# In the order of the page.
MODULES = (
    test_boot,
    test_delete,
    test_power,
    test_resize,
    test_failed_resize,
    test_live,
    test_evacuate,
    test_shelve,
    test_scheduling,
    test_restart,
    test_hardware,
)
DRIVERS = (drivers.FakeCase, drivers.XenServerCase)

HEAD = """\
==========================
What works on which driver
==========================

Each row is a path in the life of an instance with vGPUs. The tests take it
on real Nova services, with each of the drivers, and after every step they
compare the books of Nova, in memory and in the database, with what the
hypervisor itself says: fake cards behind ``vgpu_ext.FakeDriver``, a simulated
XenServer pool behind ``vgpu_ext.XenAPIDriver``.

What is refused is refused with this sentence, before anything has changed.
``openstack server event show`` has it, or the fault of an instance that
could not be built.

.. This page is made by tests/functional/paths/table.py.
"""


def themes():
    """Each class of paths, with the test cases made of it.

    :returns: (class, its test cases) of each, in the order of the page
    """
    for module in MODULES:
        classes = [v for v in vars(module).values() if isinstance(v, type)]
        for theme in classes:
            if theme.__module__ == module.__name__ and theme.__name__.endswith(
                'Paths'
            ):
                yield theme, [one for one in classes if theme in one.__bases__]


def paths(theme):
    """The tests of a class of paths, in the order that they stand there."""
    return [v for k, v in vars(theme).items() if k.startswith('test_')]


def page():
    """The text of the page."""
    return '\n'.join([HEAD, *map(_section, *zip(*themes()))])


def _section(theme, cases):
    title = _one_line(theme.__doc__)
    rows = [('Path', *(f'``{one.compute_driver}``' for one in DRIVERS))]
    rows += [(_one_line(p.__doc__), *_cells(p, cases)) for p in paths(theme)]
    table = ['.. list-table::', '   :header-rows: 1', '   :widths: 40 20 40']
    text = [title, '-' * len(title), '', *table, '', *map(_row, rows)]
    return '\n'.join(text) + '\n'


def _one_line(text):
    return ' '.join(text.split())


def _cells(path, cases):
    """What comes of a path, on each driver."""
    return [_cell(path, driver, cases) for driver in DRIVERS]


def _cell(path, driver, cases):
    if not any(issubclass(case, driver) for case in cases):
        raise LookupError(f'{path.__qualname__} is not run for {driver}')
    sentence = refusals.refusals(path).get(driver.compute_driver)
    return f'refused: {sentence}' if sentence else 'works'


def _row(cells):
    first, *others = cells
    return '\n'.join([f'   * - {first}', *(f'     - {one}' for one in others)])


if __name__ == '__main__':
    sys.stdout.write(page())
