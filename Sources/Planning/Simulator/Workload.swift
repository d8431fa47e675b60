import Timeline

/// What the pods of a cluster do, for a comparison.
public enum Workload: String, Hashable, Sendable, CaseIterable {
    /// Pods come at random and live for a random time, eight minutes on average.
    case steady
    /// Deployments are rolled, a quarter of their pods at a time, and jobs start many pods in one second.
    case rolls

    /// The pods of a cluster of nodes that run so many pods each on average.
    ///
    /// - Parameter maxPods: No node is given more at once; a pod that fits nowhere is not started.
    func pods(nodes: Int, podsPerNode: Int, maxPods: Int, duration: Duration, seed: UInt64) -> [TracedPod] {
        var random = RandomSource(seed: seed)
        let spans =
            switch self {
            case .steady: Self.steady(nodes * podsPerNode, until: .zero + duration, &random)
            case .rolls:
                Self.deployments(nodes * podsPerNode, until: .zero + duration, &random)
                    + Self.jobs(nodes * Comparison.jobPodsPerNode, until: .zero + duration, &random)
            }
        return Self.place(spans.sorted { ($0.begin, $0.end) < ($1.begin, $1.end) }, nodes: nodes, maxPods: maxPods, &random)
    }

    private struct Span {
        var begin: Instant
        var end: Instant
    }

    private static func steady(_ pods: Int, until last: Instant, _ random: inout RandomSource) -> [Span] {
        let lifetime = Duration.seconds(480)
        var spans: [Span] = []
        var moment = Instant.zero + random.exponential(mean: lifetime / pods)
        while moment < last {
            spans.append(Span(begin: moment, end: moment + .seconds(1) + random.exponential(mean: lifetime)))
            moment = moment + random.exponential(mean: lifetime / pods)
        }
        return spans
    }

    /// Deployments of 8 to 40 pods, rolled every 20 minutes on average. A pod ends half a minute after its successor was started.
    private static func deployments(_ pods: Int, until last: Instant, _ random: inout RandomSource) -> [Span] {
        var spans: [Span] = []
        var left = pods
        while left > 0 {
            let size = min(left, random.number(in: 8...40))
            left -= size
            var roll = Instant.zero + random.duration(in: .zero ... .seconds(120))
            while roll < last {
                let next = roll + .seconds(180) + random.exponential(mean: .seconds(1020))
                for pod in 0..<size {
                    let turn = Duration.seconds(20) * (pod * 4 / size)
                    let begin = roll + turn + random.duration(in: .zero ... .seconds(1))
                    spans.append(Span(begin: begin, end: next + turn + .seconds(30)))
                }
                roll = next
            }
        }
        return spans
    }

    /// Jobs whose pods all start within a second, every quarter of an hour on average, for one to three minutes.
    private static func jobs(_ pods: Int, until last: Instant, _ random: inout RandomSource) -> [Span] {
        var spans: [Span] = []
        var moment = Instant.zero + .seconds(300)
        while moment < last {
            for _ in 0..<pods {
                let begin = moment + random.duration(in: .zero ... .seconds(1))
                spans.append(Span(begin: begin, end: begin + random.duration(in: .seconds(60) ... .seconds(180))))
            }
            moment = moment + .seconds(180) + random.exponential(mean: .seconds(720))
        }
        return spans
    }

    /// Gives each pod the emptier of two nodes chosen by chance.
    private static func place(_ spans: [Span], nodes: Int, maxPods: Int, _ random: inout RandomSource) -> [TracedPod] {
        var ends: [[Instant]] = Array(repeating: [], count: nodes)
        var pods: [TracedPod] = []
        for span in spans {
            let (one, other) = (random.below(nodes), random.below(nodes))
            for node in [one, other] { ends[node].removeAll { $0 < span.begin } }
            let node = ends[one].count <= ends[other].count ? one : other
            guard ends[node].count < maxPods else { continue }
            ends[node].append(span.end)
            pods.append(TracedPod(number: pods.count, node: node, begin: span.begin, end: span.end))
        }
        return pods
    }
}
