import AWSClient
import KubernetesAdapter
import NodeReports
import Timeline

extension MetricsPage {
    /// Adds what calls to AWS came to.
    mutating func add(_ tally: CallTally) {
        let counts = tally.counts.sorted { $0.key < $1.key }
        func samples(_ value: (CallTally.Count) -> Double) -> [Sample] {
            counts.map { Sample(value($0.value), [Label("action", $0.key.action), Label("code", $0.key.code)]) }
        }
        add("berth_ec2_calls_total", .counter, "Calls to EC2 by operation and by EC2's code, OK for success", samples { Double($0.calls) })
        add("berth_ec2_requests_total", .counter, "Requests sent for these calls, repetitions among them", samples { Double($0.tries) })
        add(
            "berth_ec2_call_seconds_total", .counter, "How long these calls took, pauses and repetitions included",
            samples { $0.duration.inSeconds })
    }
}

extension MetricsPage {
    /// Adds what requests to the API server came to.
    mutating func add(_ requests: [RequestTally.Right: RequestTally.Count]) {
        let counts = requests.sorted { $0.key < $1.key }
        func samples(_ value: (RequestTally.Count) -> Int) -> [Sample] {
            counts.map { Sample(value($0.value), [Label("verb", $0.key.verb), Label("resource", $0.key.resource)]) }
        }
        add("berth_kubernetes_requests_total", .counter, "Requests to the API server by verb and resource", samples(\.requests))
        add("berth_kubernetes_request_failures_total", .counter, "Those of them without a good answer", samples(\.failures))
    }
}
