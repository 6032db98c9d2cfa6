"""Which class of the record a Terraform resource type is.

In comes a type such as aws_db_instance; out goes a class. What no line names is a CloudResource, which claims no more
than that a provider runs it; what only lives in the state (keys, random names, files) is Configuration.
"""

from __future__ import annotations

import functools
import re
from typing import Final

__all__ = ["class_of"]

_STATE_ONLY: Final = re.compile(r"(?:tls|random|null|local|template|time|terraform|external|archive)_")
_CLASSES: Final = [
    (re.compile(pattern), class_name)
    for pattern, class_name in [
        (r"_security_group|_secgroup|_firewall|_iam_|_policy|_rule(_v2)?$|_association$|_acl", "CloudResource"),
        (r"_(lb|alb)_target_group_attachment$|_elb_attachment$|_lb_member(_v2)?$", "LBPoolMember"),
        (r"_(lb|alb)_target_group$|_lb_pool(_v2)?$|_backend_service$", "LBPool"),
        (r"_(lb|alb)_listener$|_lb_listener(_v2)?$|_forwarding_rule$", "LBService"),
        (r"_attach(ment)?(_v2)?$", "CloudResource"),
        (r"_(alb|elb|lb|nlb)$|_load_?balancer(_v2)?$", "CloudLoadBalancer"),
        (r"_db_instance|_rds_|_sql_|_dynamodb_|_elasticache_|_redis|_docdb|_cosmosdb|_database", "CloudDatabase"),
        (r"_lambda_function$|_cloudfunctions?_function|_function_app$", "CloudFunction"),
        (r"_(eks|kubernetes|k8s)_cluster|_container_cluster$", "KubernetesCluster"),
        (r"_vpc(_v1)?$|_virtual_network$|_networking_network_v2$|_compute_network$", "Network"),
        (r"_subnet(work)?(_v2|_v1)?$", "Subnet"),
        (r"_gateway$|_cloudfront_distribution$|_networking_router_v2$|_router$", "CloudGateway"),
        (r"_ebs_volume$|_blockstorage_volume|_disk$|_s3_bucket$|_storage_bucket$|_file_system$", "StorageVolume"),
        (r"_network_interface$|_networking_port_v2$", "NetworkInterface"),
        (r"_eip$|_floating_?ip|_public_ip$|_address$", "IPAddress"),
        (r"_certificate$", "Certificate"),
        (r"_route53_record$|_dns_record|_record_set$", "DNSName"),
        (r"_instance(_v2)?$|_virtual_machine$|_droplet$|_instance_server$", "VirtualMachine"),
    ]
]


@functools.cache
def class_of(resource_type: str) -> str:
    """Return the class of a resource type.

    >>> [class_of(each) for each in ("aws_instance", "aws_db_instance", "aws_lb", "tls_private_key", "x_y")]
    ['VirtualMachine', 'CloudDatabase', 'CloudLoadBalancer', 'Configuration', 'CloudResource']
    """
    if _STATE_ONLY.match(resource_type):
        return "Configuration"
    return next((class_name for pattern, class_name in _CLASSES if pattern.search(resource_type)), "CloudResource")
