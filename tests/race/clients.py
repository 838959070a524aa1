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

"""Clients that boot, all at once."""

import concurrent.futures
import threading
import time

from nova_vgpu_ext.sandbox import image
from tests.race import boot as boots
from tests.storm import cloud as storm

_SECONDS = 240


class Crowd:
    """What all clients share.

    :ivar boots: the Boots that have ended
    :ivar wrong: sentences on those that have not
    """

    def __init__(self, layout, journal, models):
        self.boots = []
        self.wrong = []
        self._deleted = set()
        self._layout = layout
        self._journal = journal
        self._models = models
        self._local = threading.local()
        self._flavors = _make_flavors(self.api, models)

    @property
    def api(self):
        """The storm.API of this thread."""
        if not hasattr(self._local, 'api'):
            self._local.api = storm.API(self._layout)
        return self._local.api

    @property
    def alive(self):
        """The Boots of what is there."""
        return [
            boot
            for boot in self.boots
            if boot.granted and boot.server not in self._deleted
        ]

    def boot(self, model):
        """Boot one, and wait for the end; whether it was granted."""
        server = {
            'name': 'race',
            'imageRef': image.CIRROS_ID,
            'flavorRef': self._flavors[model],
            'networks': 'none',
        }
        asked = time.monotonic()
        answer = self.api.call('POST', '/servers', {'server': server})
        answer.raise_for_status()
        uuid = answer.json()['server']['id']
        try:
            ended, granted = self._journal.end_of_boot(uuid, _SECONDS)
        except TimeoutError as error:
            self.wrong.append(str(error))
            return False
        self.boots.append(boots.Boot(uuid, model, asked, ended, granted))
        return granted

    def fill(self, rng, most):
        """Boot at random, each model until it is refused.

        :param most: how many models to try, taken at random
        """
        left = rng.sample(self._models, min(most, len(self._models)))
        while left:
            model = rng.choice(left)
            if not self.boot(model):
                left.remove(model)

    def delete(self, some):
        """Delete what some Boots made, and wait until it is gone."""
        for boot in some:
            self._deleted.add(boot.server)
            path = f'/servers/{boot.server}'
            self.api.call('DELETE', path).raise_for_status()
        for boot in some:
            self._journal.wait_deleted(boot.server, _SECONDS)


def _make_flavors(api, models):
    """{model: id of its flavor}"""
    flavors = {}
    for number, model in enumerate(models, start=1):
        flavor = {'vcpus': 1, 'ram': 64, 'disk': 0}
        flavor.update(name=f'flavor-{number}', id=str(number))
        api.call('POST', '/flavors', {'flavor': flavor}).raise_for_status()
        path = f'/flavors/{number}/os-extra_specs'
        specs = {'extra_specs': {f'vgpus:{model}': '1'}}
        api.call('POST', path, specs).raise_for_status()
        flavors[model] = str(number)
    return flavors


def at_once(function, argument_tuples):
    """Call a function with each tuple of arguments, all at the same time.

    :returns: the results
    """
    with concurrent.futures.ThreadPoolExecutor(len(argument_tuples)) as pool:
        calls = [pool.submit(function, *each) for each in argument_tuples]
        return [call.result() for call in calls]
