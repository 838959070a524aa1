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

"""Reading YAML that people write: each mistake becomes one sentence."""

import yaml


class Mistake(ValueError):
    """What is wrong in a file, and how to mend it; one sentence."""


class _Loader(yaml.SafeLoader):
    """YAML silently takes the last of two equal keys; this refuses them."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise Mistake(f'the key {key!r} is there twice: remove one.')
        return super().construct_mapping(node, deep)


def read(path):
    """What the YAML file holds.

    :raises Mistake: if there is no such file, or it isn't YAML
    """
    try:
        with open(path, encoding='utf-8') as file:
            return yaml.load(file, _Loader)
    except FileNotFoundError:
        raise Mistake('there is no such file: correct the path.') from None
    except OSError as error:
        raise Mistake(
            f'it can not be read ({error.strerror}): let the user that '
            'runs this process read it.'
        ) from None
    except Mistake:
        raise
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = ' '.join(str(error).split())
        raise Mistake(f'it is not YAML: {reason}.') from None


class Section:
    """A mapping in the file, none of whose keys is unknown.

    :param value: what stands in the file
    :param where: what the mapping is, for messages: ``card 1``
    :param known: the keys that it may have
    """

    def __init__(self, value, where, known):
        self.where = where
        self._value = mapping(value, where)
        for key in self._value:
            if key not in known:
                raise Mistake(
                    f'{where} has the unknown key {key!r}: it may have '
                    f'{", ".join(known)}.'
                )

    def has(self, key):
        """Whether anything is said about a key."""
        return self._value.get(key) is not None

    def text(self, key, default=None):
        """A name; needed, unless there is a default."""
        value = self._value.get(key, default)
        if not isinstance(value, str) or not value.strip():
            raise Mistake(
                f'{self.where} needs a text for {key!r}, not {value!r}: '
                'put it in quotes if it looks like a number.'
            )
        return value.strip()

    def number(self, key, default=None):
        """A positive whole number; needed, unless there is a default."""
        value = self._value.get(key, default)
        if type(value) is not int or value < 1:
            raise Mistake(
                f'{self.where} needs a positive whole number for {key!r}, '
                f'not {value!r}.'
            )
        return value

    def flag(self, key, default):
        """True or false."""
        value = self._value.get(key, default)
        if not isinstance(value, bool):
            raise Mistake(
                f'{self.where} needs true or false for {key!r}, not {value!r}.'
            )
        return value

    def choice(self, key, choices):
        """One of some words, the first unless said otherwise."""
        value = self._value.get(key, choices[0])
        if value not in choices:
            raise Mistake(
                f'{self.where} needs one of {", ".join(choices)} for '
                f'{key!r}, not {value!r}.'
            )
        return value

    def rows(self, key):
        """A list, empty unless given."""
        return sequence(self._value.get(key), f'{key!r} of {self.where}')

    def entries(self, key):
        """A mapping, empty unless given."""
        value = self._value.get(key)
        return mapping({} if value is None else value, f'{key!r}')


def mapping(value, where):
    """The value, if it is a mapping of texts."""
    if not isinstance(value, dict):
        raise Mistake(
            f'{where} must be a mapping (key: value), not {value!r}.'
        )
    for key in value:
        if not isinstance(key, str):
            raise Mistake(f'{where} has the key {key!r}: put it in quotes.')
    return value


def sequence(value, where):
    """The value, if it is a list; nothing is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Mistake(f'{where} must be a list (- entry), not {value!r}.')
    return value


def texts(value, where):
    """The value, if it is a list of texts."""
    for entry in sequence(value, where):
        if not isinstance(entry, str):
            raise Mistake(f'{where} has {entry!r}: put it in quotes.')
    return value or []
