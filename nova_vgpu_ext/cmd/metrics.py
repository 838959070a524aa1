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

"""What there is of vGPUs, in the text format of Prometheus."""

import prometheus_client


def capacity(reports, now):
    """Gauges of each host.

    :param reports: of hosts: host, saved_at and rows, as of HostVGPUs.rows
    :param now: the time, in UTC
    """
    registry = prometheus_client.CollectorRegistry()
    counts = [
        _gauge(registry, name, text, 'host', 'model')
        for name, text in (
            ('max', 'vGPUs of the model that the empty host would have'),
            ('used', 'vGPUs of the model that instances and other VMs have'),
            ('free', 'vGPUs more that the host has room for, of it alone'),
        )
    ]
    saved = _gauge(
        registry,
        'report_timestamp_seconds',
        'Time of the last report of the host, since 1970',
        'host',
    )
    age = _gauge(
        registry,
        'report_age_seconds',
        'Age of the last report of the host when this was written',
        'host',
    )
    for report in reports:
        for model, *values in report.rows:
            for gauge, value in zip(counts, values, strict=True):
                gauge.labels(report.host, model).set(value)
        saved.labels(report.host).set(report.saved_at.timestamp())
        seconds = (now - report.saved_at).total_seconds()
        age.labels(report.host).set(max(0, seconds))
    return _text(registry)


def refused(counts):
    """The gauge of instances that got no vGPU.

    :param counts: {model: how many}
    """
    registry = prometheus_client.CollectorRegistry()
    gauge = _gauge(
        registry,
        'refused_instances',
        'Instances, deleted ones too, that have been refused for want of a '
        'vGPU of the model',
        'model',
    )
    for model in sorted(counts):
        gauge.labels(model).set(counts[model])
    return _text(registry)


def _gauge(registry, name, text, *labels):
    return prometheus_client.Gauge(
        f'nova_vgpu_{name}', text, labels, registry=registry
    )


def _text(registry):
    return prometheus_client.generate_latest(registry).decode().rstrip('\n')
