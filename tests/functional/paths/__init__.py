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

"""The life of instances with vGPUs, path by path, on every driver.

A path is written once, as a test of a mixin, and run for each driver. After
each of its steps the books are compared with the hypervisor and with who is
expected to hold what. The docstrings are the rows of a page of the
documentation, see table.py.
"""
