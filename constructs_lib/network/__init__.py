"""The network in front of the task: VPC, endpoints, security groups, load balancer, WAF, DNS."""
