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

"""A simulator of XAPI, the toolstack of XenServer and XCP-ng.

It checks each call against XAPI's own signatures and treats GPUs by XAPI's
own rules, with an arithmetic of its own: what the rest of this package
predicts is checked against it. Paths in comments such as xapi_pgpu.ml are
those of https://github.com/xapi-project/xen-api.
"""
