extension PlanFile {
    /// A file to begin with: every field once, with a comment. `Examples/plan.yaml` is the same.
    public static let example = """
        # A cluster and its subnets, for `berth plan`. Docs/Reference/PlanScenario.md tells of every field.

        # Optional: subnets have to lie inside.
        vpc:
          cidrs: [10.0.0.0/16]

        subnets:
          - id: subnet-0a
            zone: eu-central-1a
            cidr: 10.0.0.0/20
            # What others hold: load balancers, endpoints, databases. A number where nobody knows at which places.
            used: 40
            # Others by kind, and how many addresses more they have each day.
            tenants:
              - {name: load-balancers, addresses: 24, growthPerDay: 0.5}
          - id: subnet-0b
            zone: eu-central-1b
            cidr: 10.0.16.0/20
            # Or the addresses and blocks themselves.
            usedAddresses: [10.0.16.10, 10.0.17.0/27]
            # EC2 takes prefixes from a reservation of type prefix, and nothing by itself from one of type explicit.
            reservations:
              - {cidr: 10.0.24.0/21, type: explicit}
          - id: subnet-0c
            zone: eu-central-1c
            cidr: 10.0.32.0/20
            # Or a share of them, random or packed: anywhere, or all in the subnet's beginning.
            occupancy: {share: 2.5%, spread: random}
            # nodes, or pods: for ENIs of pods alone, as an ENIConfig or tags name it.
            purpose: nodes
            # Whether it has IPv6, for the modes ipv6, dual and dual-prefix.
            ipv6: false

        networking:
          # secondary, prefix, ipv6, dual or dual-prefix
          mode: secondary
          # Pods take addresses from the subnets with purpose: pods, and none of the primary ENI's.
          customNetworking: false
          # Security groups for pods: a node keeps an ENI for its trunk.
          podENI: false
          # What nodes keep ready, by the daemon's names.
          settings: {WARM_IP_TARGET: 4, MINIMUM_IP_TARGET: 16}
          # Whose arithmetic nodes follow: berth, or for comparison vpc-cni, cilium, azure or auto-mode.
          # cilium: {preAllocate: 8, minAllocate: 0, maxAboveWatermark: 0} and azure: {batch: 16, free: 50%} go with theirs.
          preset: berth
          # Which free address a pod gets: packed, so that ENIs and prefixes become empty, or random.
          allocation: packed

        # Subnets with the control plane's ENIs: four, and eight during an upgrade of the cluster.
        controlPlane:
          subnets: [subnet-0a, subnet-0b]
          enis: 4

        nodeGroups:
          - name: general
            # A list, or types with their weights: {m5.xlarge: 3, m5a.xlarge: 1}
            instanceTypes: [m5.xlarge, m5a.xlarge]
            # A number, or these three; nodes come up to max where pods need them.
            nodes: {min: 3, desired: 60, max: 120}
            # Left out: every zone with a subnet for nodes.
            zones: [eu-central-1a, eu-central-1b, eu-central-1c]
            # Nodes that an upgrade starts before it ends old ones: a number or a share.
            surge: 10%
          - name: spot
            instanceTypes: [m5.2xlarge]
            nodes: 12
            # What the kubelet is told; left out, what is recommended.
            maxPods: 58
            # Slots for ENIs that carry no pods; those of EFA-only ENIs on the default network card; and ENIs on further
            # cards, which have an address of the node's subnet each. Pods have addresses of the default card alone.
            reservedENIs: 0
            efaOnlyENIs: 0
            furtherCardENIs: 0
            # How long a node is kept, when it is not for good.
            lifetimeSeconds: 14400

        workloads:
          - name: web
            pods: 1500
            rollout: {maxSurge: 25%, maxUnavailable: 25%, readySeconds: 20}
            gracePeriodSeconds: 30
            # What an autoscaler may make of the number.
            hpa: {min: 300, max: 1800}
            # Left out: every group and every zone.
            nodeGroups: [general]
          - name: logs
            daemonSet: true
            # pod, host (the node's own address) or branch-eni
            network: host
          - name: jobs
            # As many pods as come in a lifetime.
            arrivalsPerSecond: 0.5
            lifetimeSeconds: 600
            # fixed, exponential, log-normal, or {logNormalSigma: 1.5}
            lifetimes: exponential
            # Pods that come all at once.
            burst: {pods: 60, everySeconds: 3600}
            nodeGroups: [spot]
            zones: [eu-central-1a, eu-central-1b, eu-central-1c]

        # What the cluster is to have room for, each by itself.
        events:
          - rollingUpdate: web
          - nodeUpgrade: general
          - blueGreen: spot
          - scaleOut: {nodeGroup: general, nodes: 50}
          - consolidation: {nodeGroup: general, nodes: 10%}
          - zoneLoss: eu-central-1b
          - massRestart: true
          - autoscalersAtMost: true
          - clusterUpgrade: true
          - ec2OutageSeconds: 300

        # Left out: what AWS publishes.
        ec2:
          assignSeconds: 1
          newENISeconds: 10
          buckets:
            AttachNetworkInterface: {burst: 50, perSecond: 5, othersPerSecond: 1}
          quotas: {networkInterfaces: 5000, networkAddressUnits: 64000}
          others: {networkInterfaces: 120, networkAddressUnits: 400}

        goals:
          # The share of each subnet that is to stay free whatever happens.
          headroom: 10%
          # With --history: days in which no subnet may come to its end.
          horizonDays: 180
          # The share of pods that may find nothing warm, and what 99 of 100 may wait.
          missProbability: 1%
          waitP99Seconds: 2
          # What an address costs, where one is charged for.
          addressCost: {perMonth: 0.1, currency: EUR}

        """
}
