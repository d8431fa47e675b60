import IPAMEngine
import Timeline

// The comparison for people.
extension Comparison {
    /// One line for each outcome, with blanks between the columns.
    public var table: String {
        Figures.table([Self.titles] + outcomes.map(\.cells), names: Self.namesOfRow)
    }

    private static let titles = [
        "MODE", "LOAD", "SUBNET", "POLICY", "CALLS/POD", "CHANGES/POD", "HELD/USED", "FREE /28", "LEAST", "WAIT P50", "P99", "LONGEST",
        "REFUSED",
        "NEVER RAN", "TOO SOON",
    ]
    /// Columns that are names and no figures.
    private static let namesOfRow = 4

    /// What the columns mean and what is taken for granted, one sentence or two each.
    public static let notes = [
        "Each pod's node, beginning and end are settled before a run: every policy is asked for \(nodes) nodes' pods, \(podsPerNode) on a "
            + "node on average, over \(hours) hours. A node is an m5.xlarge (4 ENIs, 14 addresses each beside the primary one, 58 pods); "
            + "all share one subnet.",
        "steady: pods come at random and live for eight minutes on average. rolls: deployments are rolled a quarter at a time, and every "
            + "quarter of an hour a job starts \(jobPodsPerNode) pods a node within one second.",
        "aws-vpc-cni and berth run with the incumbent's default targets (WARM_ENI_TARGET=1, WARM_PREFIX_TARGET=1); \"berth, auto\" runs with "
            + "the automatic target. The cooldown is 30 s.",
        "CALLS/POD: EC2 calls, those that EC2 refuses among them, over pods. CHANGES/POD: the same without describing. HELD/USED: addresses "
            + "that the nodes' ENIs keep from others, primary ones among them, over addresses that pods hold, both averaged over time. "
            + "FREE /28, LEAST: wholly free blocks of the subnet on average and at the worst moment.",
        "WAIT: from a pod's first ADD to its links, of pods that ran; the links take 1 ms. REFUSED: ADDs that failed. NEVER RAN: pods that "
            + "ended before they had an address. TOO SOON: pods that were given an address less than 30 s after another pod's release.",
        "An ADD that fails is tried again by the kubelet after 10 to 15 s (its backOffPeriod, with jitter), as often as the pod lives. The "
            + "incumbent's ADD fails at once where no address is free; Berth's waits up to 60 s.",
        "The incumbent is amazon-vpc-cni-k8s v1.23: placement at random; its formulas, in which cooling addresses count as available; one loop "
            + "that does one thing at a time and sleeps 5 s between rounds, with one grow action each; 120 s without asking after the "
            + "subnet was exhausted; 30 s between two times of giving back, which does not look at the cooldown; ENIs kept for a minute; a "
            + "new ENI by DescribeSubnets, CreateNetworkInterface, DescribeInstances (counted as DescribeNetworkInterfaces), "
            + "AttachNetworkInterface and ModifyNetworkInterfaceAttribute, then looks at the metadata after 0.1, 0.3, 0.7, 1.5, 3.1, 6.3 s "
            + "and so on, then one more DescribeSubnets.",
        "EC2 answers a call within 40 to 600 ms and attaches an ENI in 5 s; the published token buckets apply to all nodes together.",
        "Not modelled: faults of EC2, the SDK's own retries, the incumbent's reconciliation with the metadata (which finds nothing here) and "
            + "its hourly look for leaked ENIs, other tenants of the subnet, the time to pull an image, and the time of a plugin's process.",
    ]
}

extension Comparison.Outcome {
    fileprivate var cells: [String] {
        let waits = use.report.waits
        return [
            trial.unit.rawValue, trial.workload.rawValue, trial.room.rawValue, contender.rawValue,
            Figures.fixed(use.callsPerPod, digits: 3),
            Figures.fixed(use.changesPerPod, digits: 3), Figures.fixed(use.takenPerHeld, digits: 2),
            Figures.fixed(use.freeBlocksMean, digits: 1),
            "\(use.freeBlocksLeast)", Figures.time(waits.percentile(0.5)), Figures.time(waits.percentile(0.99)),
            Figures.time(waits.longest),
            "\(use.refusals)", "\(use.neverRan)", "\(use.handedOnTooSoon)",
        ]
    }
}
