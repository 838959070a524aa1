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

"""Which names the models of one host answer to."""

import collections

from nova_vgpu_ext import names


class HostNames:
    """Names of models, both ways.

    Each model answers to the second name made of its identifier. Its plain
    name counts only where nothing else of the host answers to it.

    :param models: of gpus.Model
    """

    def __init__(self, models):
        self._shown, self._keys, self._models = {}, {}, {}
        wanted = collections.Counter([names.ANY_PASSTHROUGH_KEY])
        for model in models:
            wanted.update(_wanted_keys(model))
        for model in models:
            name = plain_name(model)
            second = names.second_name(model.identifier)
            if not name or wanted[key_of(name)] > 1:
                name = second
            self._shown[model.identifier] = name
            self._keys[model.identifier] = (key_of(name), key_of(second))
            for key in self._keys[model.identifier]:
                self._models[key] = (model.identifier,)
        self._models[names.ANY_PASSTHROUGH_KEY] = tuple(
            model.identifier for model in models if model.passthrough
        )

    def shown(self, identifier):
        """The name by which people see, and should ask for, a model."""
        return self._shown[identifier]

    def keys_of(self, identifier):
        """The canonical keys that mean a model, its shown name's first."""
        keys = self._keys.get(identifier, ())
        if identifier in self.models_of(names.ANY_PASSTHROUGH_KEY):
            keys += (names.ANY_PASSTHROUGH_KEY,)
        return keys

    def models_of(self, key):
        """Identifiers of the models that a canonical key means here.

        More than one only for ``passthrough``, which means any card.
        """
        return self._models.get(key, ())


def _wanted_keys(model):
    """The keys of both names; one where they are the same."""
    second = names.second_name(model.identifier)
    return {key_of(plain_name(model)), key_of(second)}


def plain_name(model):
    """The hypervisor's own name, as far as extra-spec keys allow it."""
    return names.shown(model.name)


key_of = names.canonical_key
