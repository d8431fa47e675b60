import IPAMEngine
package import Timeline

/// A pod whose node, beginning and end are settled before a run, so that two policies are asked the same.
package struct TracedPod: Hashable, Sendable {
    /// Unlike that of any other pod of the trace.
    package var number: Int
    package var node: Int
    /// When the kubelet begins to start it.
    package var begin: Instant
    /// When it is deleted, whether or not it ever ran.
    package var end: Instant
    /// Sandboxes that were made for it before this one and had no address.
    var failures = 0

    package init(number: Int, node: Int, begin: Instant, end: Instant) {
        self.number = number
        self.node = node
        self.begin = begin
        self.end = end
    }

    var isFirstAttempt: Bool { failures == 0 }

    /// How long the kubelet waits before the next sandbox: 10 s and up to half as much again by chance (kubernetes
    /// pkg/kubelet/kubelet.go `backOffPeriod`, pod_workers.go `workerBackOffPeriodJitterFactor`). Chance is the pod's own.
    func pause(seed: UInt64) -> Duration {
        var random = RandomSource(seed: seed ^ UInt64(number) << 16 ^ UInt64(failures))
        return random.duration(in: .seconds(10) ... .seconds(15))
    }
}

// Pods of a trace: the kubelet makes a sandbox for each until one has an address or the pod ends.
extension Simulation {
    mutating func start(_ pod: TracedPod) {
        let attachment = PodAttachment(network: "berth", containerID: "\(pod.number)-\(pod.failures)", interface: "eth0")
        nodes[pod.node].alivePods += 1
        nodes[pod.node].pods[attachment] = SimulatedNode.Pod(since: pod.begin, wish: SimulatedNode.Pod.Wish(traced: pod))
        add(attachment, on: pod.node)
        agenda.add(.delete(pod.node, attachment), at: pod.end)
    }

    mutating func tryAgain(_ pod: TracedPod?) {
        guard var pod else { return }
        let moment = now + pod.pause(seed: scenario.seed)
        pod.failures += 1
        if moment < pod.end { agenda.add(.tracedPod(pod), at: moment) }
    }
}
